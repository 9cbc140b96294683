using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Cluster;
using Kindred.Import.Writing;
using Kindred.Models;
using Kindred.Partitions;

namespace Kindred.Cli.Commands;

/// <summary>`kindred recommend --all`: the lists of many users, as rows of a file.</summary>
/// <param name="userFile">Has an id a line, or is a folder of partitions with users and their histories; null: all users of the data.
/// </param>
/// <param name="file">Where the rows go; the ending says how.</param>
/// <param name="cluster">Silos that make the lists of partitions; null: this process does.</param>
internal sealed class BatchRecommendation(string? userFile, string file, ClusterAddress? cluster, CommandContext session)
{
    /// <exception cref="InputException">The file cannot be written there, or there is no file of users.</exception>
    public void Check()
    {
        RowFile.CheckName(file);
        OutputPath.CheckFile(file);
        if (userFile is not null && !File.Exists(userFile) && !IsPartitioned)
            throw new InputException($"There is no file {userFile}; --users names a file with one user id per line, or a folder of "
                + "partitions.");
        if (cluster is not null && !IsPartitioned)
            throw new InputException("--cluster makes lists for the users of partitions; name their folder with --users.");
    }

    private bool IsPartitioned => userFile is not null && PartitionedFolder.Is(userFile);

    /// <param name="models">On the same data; several: a column names the model.</param>
    /// <param name="request">What all users have in common.</param>
    public async Task RunAsync(IReadOnlyList<LoadedRecommender> models, RecommendRequest request)
    {
        var data = models[0].Interactions;
        if (IsPartitioned)
        {
            if (cluster is null) RunPartitions(models, request);
            else await RunByClusterAsync(models[0], request, cluster);
            return;
        }
        string[]? users = userFile is null ? null : IdsIn(userFile);
        using var lists = RecommendationFile.Create(file, models.Count > 1, session.Cancellation);
        foreach (var model in models)
        {
            var recommender = model.Recommender; // trained here, with progress of its own
            session.Activity.Run($"Recommending by {model.ModelName}", progress =>
            {
                lists.Append(model.ModelName, recommender, data, users, request, session.Workers, progress);
                return true;
            });
        }
        session.Activity.Run($"Writing {Path.GetFileName(file)}", _ =>
        {
            lists.Complete();
            return true;
        });
        string[] unknown = [.. (users ?? []).Where(id => !data.Users.TryGetIndex(id, out _))];
        if (unknown.Length > 0)
            session.Activity.Note($"{Format.Many(unknown.Length, "user")} not in the data, who get what is popular: "
                + $"{string.Join(", ", unknown.Take(10))}{(unknown.Length > 10 ? ", …" : "")}.");
        int count = users?.Length ?? data.Users.Count;
        Print(models, count, unknown.Length, lists.Rows);
    }

    /// <summary>Partition by partition: what their users had is folded in.</summary>
    private void RunPartitions(IReadOnlyList<LoadedRecommender> models, RecommendRequest request)
    {
        using var folder = PartitionedFolder.Open(userFile!);
        using var lists = RecommendationFile.Create(file, models.Count > 1, session.Cancellation);
        foreach (var model in models)
        {
            session.Activity.Run($"Recommending by {model.ModelName}", progress =>
            {
                int done = 0;
                PartitionedTraining.ForEach(folder, users =>
                {
                    lists.Append(model.ModelName, model.Recommender.For(users), users, null, request, session.Workers);
                    progress.Report(new TrainingProgress(++done, folder.Count, "partition"));
                });
                return true;
            });
        }
        session.Activity.Run($"Writing {Path.GetFileName(file)}", _ =>
        {
            lists.Complete();
            return true;
        });
        Print(models, folder.Users, 0, lists.Rows);
    }

    /// <summary>Each silo makes the lists of its partitions, and leaves them beside the file.</summary>
    private async Task RunByClusterAsync(LoadedRecommender model, RecommendRequest request, ClusterAddress address)
    {
        string snapshot = model.SnapshotPath
            ?? throw new InputException("--cluster makes lists by a snapshot, which all silos can open; publish one first.");
        using var folder = PartitionedFolder.Open(userFile!);
        string pieces = Path.GetFullPath($"{file}.lists-{Guid.NewGuid().ToString("N")[..8]}");
        var job = new ClusterJob(SubmittedJob.IdFor(file), Path.GetFullPath(userFile!), Path.GetFullPath(snapshot), session.Seed, pieces,
            new(request.Count, [.. request.Where], request.Allow is null ? null : [.. request.Allow], [.. request.Deny]));
        try
        {
            await SubmittedJob.RunAsync(job, address, $"Recommending by {model.ModelName}", "partition", session);
            using var lists = RecommendationFile.Create(file, namesModels: false, session.Cancellation);
            session.Activity.Run($"Writing {Path.GetFileName(file)}", _ =>
            {
                for (int partition = 0; partition < folder.Count; partition++)
                {
                    using var users = folder.Read(partition);
                    using var piece = new JobFolder(pieces).Piece(partition);
                    lists.Append(model.ModelName, PartitionLists.Load(piece.Tensors(JobFolder.PieceFile)), users.Data);
                }
                lists.Complete();
                return true;
            });
            Print([model], folder.Users, 0, lists.Rows);
        }
        finally
        {
            if (Directory.Exists(pieces)) Directory.Delete(pieces, recursive: true);
        }
    }

    private void Print(IReadOnlyList<LoadedRecommender> models, long users, int unknownUsers, long rows)
    {
        session.Print(Grid.OfPairs(
            ("users", Format.Count(users)),
            (models.Count > 1 ? "models" : "model", string.Join(", ", models.Select(model => model.ModelName))),
            ("rows", Format.Count(rows)),
            ("written to", file)));
        session.Print(new JsonResult(new { file, models = models.Select(model => model.ModelName), users, unknownUsers, rows }));
    }

    private static string[] IdsIn(string path)
    {
        string[] ids =
            [.. File.ReadLines(path).Select(line => line.Trim('\uFEFF', ' ', '\t', '\r')).Where(line => line.Length > 0).Distinct()];
        return ids.Length > 0 ? ids : throw new InputException($"{path} names no user; write one user id per line.");
    }
}
