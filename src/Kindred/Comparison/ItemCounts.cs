using Kindred.Evaluation;
using Kindred.Partitions;
using Kindred.Storage;

namespace Kindred.Comparison;

/// <summary>What measuring must know of the training part of all partitions.</summary>
/// <param name="Users">[items]: how many have the item.</param>
/// <param name="Events">[items]</param>
/// <param name="AllUsers">Of all partitions.</param>
internal sealed record ItemCounts(int[] Users, int[] Events, long AllUsers)
{
    private const string Kind = "kindred item counts", File = "counts.safetensors";

    private const int Version = 1;

    public static ItemCounts Of(IPartitionedEvents training)
    {
        int[] users = new int[training.Items.Count], events = new int[training.Items.Count];
        PartitionedTraining.ForEach(training, part =>
        {
            foreach (int item in part.ByUser.Indices.Span) users[item]++;
            foreach (int item in part.Histories.Items.Span) events[item]++;
        });
        return new(users, events, training.Users);
    }

    /// <exception cref="InputException">The folder is missing or damaged.</exception>
    public static ItemCounts Open(string path)
    {
        using var folder = SealedFolder.Open(path, Kind, Version);
        var file = folder.Tensors(File);
        return new(file.Array<int>("users").ToArray(), file.Array<int>("events").ToArray(), folder.Contents<long>());
    }

    public void Write(string path)
    {
        var file = new TensorWriter();
        file.Add<int>("users", Users);
        file.Add<int>("events", Events);
        SealedFolder.Write(path, Kind, Version, AllUsers, [(File, file)]);
    }

    /// <exception cref="InputException">A metric or an attribute does not exist, or the data lacks what it needs.</exception>
    public PartitionEvaluator EvaluatorFor(ComparisonOptions options, PartitionedFolder data, CancellationToken cancellation)
    {
        var (evaluation, itemGroupings) = options.ForPartitions(new(Users, AllUsers), Events, data.WithoutUsers(), cancellation);
        return new(evaluation, Events, itemGroupings);
    }
}
