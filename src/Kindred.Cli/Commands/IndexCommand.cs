using System.CommandLine;
using System.Diagnostics;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Models;
using Kindred.Retrieval;
using Kindred.Retrieval.Indexes;
using Kindred.Retrieval.Indexes.Flat;
using Kindred.Retrieval.Recall;
using Kindred.Snapshots;

namespace Kindred.Cli.Commands;

/// <summary>`kindred index`: builds an index of a model's items, and measures what one finds.</summary>
internal static class IndexCommand
{
    public static Command Create() =>
        new CliCommand("index", "Build an index of a model's item embeddings, or measure one against exact search.",
            "kindred index build models/als --out indices/als",
            "kindred index check indices/als --model models/als") { CreateBuild(), CreateCheck() };

    private static CliCommand CreateBuild()
    {
        var model = new Argument<string>("model") { Description = "Model folder, made by `kindred train`, of a model with embeddings." };
        var output = new Option<string>("--out", "-o")
        {
            Description = "Index folder to write; an existing one is replaced.",
            HelpName = "folder",
            Required = true,
        };
        var verb = new CliCommand("build", "Choose, build and measure an index, and write it into a folder.",
            "kindred index build models/als --out indices/als",
            "kindred index build models/als --out indices/als --kind int8 --recall 0.99 --k 20") { model, output };
        var options = new IndexOptions(verb, "--kind", "Kind of index, by default chosen by size, memory and recall:");
        return verb.Runs((parse, session) =>
        {
            var (advisor, folder) = (options.AdvisorIn(parse), parse.GetRequiredValue(output));
            OutputPath.Check(folder, IndexFolder.Kind, session);
            using var opened = ModelFolder.Open(parse.GetRequiredValue(model), session.Trainers);
            var embedding = IndexOptions.Embedding(opened.Model, opened.Manifest.Trainer);
            var advised = IndexOptions.Build(
                advisor, embedding, count => QuerySample.Of(embedding, opened.Users.Count, count, session.Seed), session);
            session.Cancellation.ThrowIfCancellationRequested();
            var manifest = advised.For(opened.Manifest.Trainer, opened.Fingerprint).Manifest;
            IndexFolder.Write(folder, manifest, opened.Model.Items, advised.Index);
            session.Print(new Paragraph(advised.Reason));
            session.Print(Grid.OfPairs(
                ("vectors", $"{Format.Count(manifest.Count)} of {manifest.Dimensions} dimensions"),
                ("memory", MegabytesOf(advised.Index.Description)),
                ("building", Format.Duration(TimeSpan.FromSeconds(manifest.Seconds))),
                ("written to", folder)));
            session.Print(new JsonResult(new { folder, advised.Reason, advised.IsReached, index = manifest }));
        });
    }

    private static CliCommand CreateCheck()
    {
        var path =
            new Argument<string>("index") { Description = "An index folder; or a snapshot with an index, or a folder of snapshots." };
        var model = new Option<string?>(
            "--model", "-m")
        { Description = "The model folder that an index folder was built from.", HelpName = "folder" };
        var k = new Option<int>("--k") { Description = "Length of the lists.", DefaultValueFactory = _ => 10, HelpName = "count" };
        var queries = new Option<int>("--queries")
        {
            Description = "Number of users to query, chosen at random.",
            DefaultValueFactory = _ => 1000,
            HelpName = "count"
        };
        var effort = new Option<int>(
            "--effort")
        { Description = "Search effort; 0: the effort that the index was built for.", HelpName = "number" };
        return new CliCommand("check", "Measure an index against exact search: recall with its interval, and the time of both.",
            "kindred index check indices/als --model models/als",
            "kindred index check snapshots --k 20 --queries 5000") { path, model, k, queries, effort }.Runs((parse, session) =>
        {
            foreach (var (option, least) in new[] { (k, 1), (queries, 1), (effort, 0) })
                if (parse.GetValue(option) < least)
                    throw new InputException($"{option.Name} must be at least {least}, was {parse.GetValue(option)}.");
            using var opened = Opened.Of(parse.GetRequiredValue(path), parse.GetValue(model), session.Trainers);
            int spent = parse.GetValue(effort) > 0 ? parse.GetValue(effort) : opened.Manifest.Effort;
            var report = session.Activity.Run("Measuring", _ =>
            {
                var flat = new FlatIndex.Builder().Build(opened.Model.ItemEmbeddings, new() { Cancellation = session.Cancellation });
                var check = new RecallCheck(
                    flat, opened.Sample(parse.GetValue(queries), session.Seed), parse.GetValue(k), session.Cancellation);
                return check.Of(opened.Index, spent, session.Cancellation);
            });
            Print(opened, report, session);
        });
    }

    private static void Print(Opened opened, RecallReport report, CommandContext session)
    {
        var (recall, description) = (report.Recall, opened.Index.Description);
        session.Print(new Paragraph($"recall@{recall.K} {recall} (95 %) on {Format.Count(recall.Queries)} queries."));
        string[] RowOf(string name, QueryTime time) =>
        [
            name, Milliseconds(time.Mean), Milliseconds(time.P50), Milliseconds(time.P99), Format.Count((long)time.QueriesPerSecond),
        ];
        session.Print(new Grid(
            [new(""), new("ms a query", IsNumber: true), new("half within", IsNumber: true), new("99 % within", IsNumber: true),
                new("queries/s", IsNumber: true)],
            [
                RowOf($"{description.Kind}{(report.Effort > 0 ? $", effort {report.Effort}" : "")}", report.Time),
                RowOf("exact", report.ExactTime),
            ]));
        session.Print(new Paragraph(
            $"One thread; {Format.Count(description.Count)} vectors of {description.Dimensions} dimensions, {MegabytesOf(description)}, " +
            $"opened in {Format.Duration(opened.Time)}."));
        session.Print(new JsonResult(new
        {
            index = opened.Manifest,
            report.Effort,
            report.Recall,
            openedInMs = opened.Time.TotalMilliseconds,
            msPerQuery = report.Time.Mean.TotalMilliseconds,
            p50Ms = report.Time.P50.TotalMilliseconds,
            p99Ms = report.Time.P99.TotalMilliseconds,
            exactMsPerQuery = report.ExactTime.Mean.TotalMilliseconds,
            exactP50Ms = report.ExactTime.P50.TotalMilliseconds,
            exactP99Ms = report.ExactTime.P99.TotalMilliseconds,
        }));
    }

    private static string Milliseconds(TimeSpan time) => $"{time.TotalMilliseconds:0.000}";

    private static string MegabytesOf(IndexDescription description) => $"{description.Bytes / 1e6:0.0} MB";

    /// <summary>An index with the model it is of, from wherever they are.</summary>
    /// <param name="Time">To open what holds the index.</param>
    private sealed record Opened(
        IIndex Index, IndexManifest Manifest, IEmbeddingModel Model, TimeSpan Time, Func<int, int, QuerySample> Sample,
        IDisposable[] Owners) : IDisposable
    {
        public static Opened Of(string path, string? model, TrainerCatalog trainers)
        {
            var clock = Stopwatch.StartNew();
            if (!IndexFolder.Is(path))
            {
                if (model is not null)
                    throw new InputException($"{path} is not an index folder, so --model cannot be used: a snapshot has its model.");
                return OfSnapshot(Snapshot.Open(path, trainers), clock);
            }
            if (model is null)
                throw new InputException($"{path} holds an index alone; name the model folder it was built from: --model FOLDER.");
            var index = IndexFolder.Open(path);
            var time = clock.Elapsed;
            var folder = ModelFolder.Open(model, trainers);
            if (folder.Fingerprint != index.Manifest.Fingerprint)
                throw new InputException($"{path} was built from another model than {model}; build it again from this one.");
            var embedding = IndexOptions.Embedding(folder.Model, folder.Manifest.Trainer);
            return new(index.Index, index.Manifest, embedding, time, (count, seed) =>
                QuerySample.Of(embedding, folder.Users.Count, count, seed), [index, folder]);
        }

        private static Opened OfSnapshot(Snapshot snapshot, Stopwatch clock)
        {
            var time = clock.Elapsed;
            if (snapshot.Index is not { } index || snapshot.Manifest.Index is not { } manifest)
                throw new InputException($"The snapshot {snapshot.Manifest.Id} has no index; publish it with --index auto.");
            var embedding = IndexOptions.Embedding(snapshot.Model, snapshot.Manifest.Model.Trainer);
            return new(index, manifest, embedding, time, (count, seed) =>
                QuerySample.Of(embedding, snapshot.Interactions, count, seed), [snapshot]);
        }

        public void Dispose()
        {
            foreach (var owner in Owners) owner.Dispose();
        }
    }
}
