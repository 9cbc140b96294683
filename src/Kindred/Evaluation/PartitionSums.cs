using Kindred.Storage;

namespace Kindred.Evaluation;

/// <summary>What is kept of one model on one partition, or on several of them together.</summary>
/// <param name="Segments">
/// [segments][metrics]: all users, warm ones, cold ones; then each group of pairs, by the first metric alone.
/// </param>
/// <param name="Exposures">[cut-offs][items]</param>
/// <param name="UsersWithoutList">Users for whom the model had nothing to say.</param>
internal sealed record ModelSums(Moments[][] Segments, long[][] Exposures, long UsersWithoutList)
{
    public static ModelSums operator +(ModelSums a, ModelSums b) => new(
        [.. a.Segments.Zip(b.Segments, (x, y) => x.Zip(y, (m, n) => m + n).ToArray())],
        [.. a.Exposures.Zip(b.Exposures, (x, y) => x.Zip(y, (m, n) => m + n).ToArray())],
        a.UsersWithoutList + b.UsersWithoutList);
}

/// <summary>What is kept of all models on a partition. Sums merge; in the order of partitions they have the same bits everywhere.</summary>
/// <param name="Models">In order.</param>
/// <param name="Differences">[models][models before it]: of the first metric, user by user.</param>
internal sealed record PartitionSums(ModelSums[] Models, Moments[][] Differences)
{
    public required MeasuredCounts Counts { get; init; }

    /// <summary>Adds the sums of all partitions in their order.</summary>
    /// <param name="partitions">How many there are, at least one.</param>
    public static PartitionSums Of(int partitions, Func<int, PartitionSums> of)
    {
        var sums = of(0);
        for (int partition = 1; partition < partitions; partition++) sums += of(partition);
        return sums;
    }

    /// <exception cref="InputException">The file is not one of <see cref="Save"/>.</exception>
    public static PartitionSums Load(TensorFile file)
    {
        int[] lengths = file.Array<int>("segments").ToArray(), shape = file.Array<int>("shape").ToArray();
        var (counts, sums, squares) = (file.Array<long>("counts"), file.Array<double>("sums"), file.Array<double>("squares"));
        var (exposures, users) = (file.Array<long>("exposures"), file.Array<long>("users").ToArray());
        int place = 0, exposed = 0;
        Moments[] Next(int count) =>
            [.. Enumerable.Range(0, count).Select(_ => new Moments(counts.Span[place], sums.Span[place], squares.Span[place++]))];
        long[] NextExposure() => exposures.Slice(shape[2] * exposed++, shape[2]).ToArray();
        ModelSums[] models = [.. Enumerable.Range(0, shape[0]).Select(model => new ModelSums(
            [.. lengths.Select(Next)], [.. Enumerable.Range(0, shape[1]).Select(_ => NextExposure())], users[model]))];
        long[] counted = users[shape[0]..];
        return new(models, [.. Enumerable.Range(0, shape[0]).Select(Next)])
        {
            Counts = new(counted[0], counted[1], counted[2], counted[3], counted[4], counted[5], counted[6]),
        };
    }

    public void Save(TensorWriter writer)
    {
        Moments[] moments = [.. Models.SelectMany(model => model.Segments).Concat(Differences).SelectMany(segment => segment)];
        writer.Add<long>("counts", Array.ConvertAll(moments, moment => moment.Count));
        writer.Add<double>("sums", Array.ConvertAll(moments, moment => moment.Sum));
        writer.Add<double>("squares", Array.ConvertAll(moments, moment => moment.Squares));
        writer.Add<int>("segments", Array.ConvertAll(Models[0].Segments, segment => segment.Length)); // of each model
        writer.Add<long>("exposures", Models.SelectMany(model => model.Exposures).SelectMany(exposure => exposure).ToArray());
        int items = Models[0].Exposures is [var first, ..] ? first.Length : 0;
        writer.Add<int>("shape", (int[])[Models.Length, Models[0].Exposures.Length, items]);
        var (c, without) = (Counts, Models.Select(model => model.UsersWithoutList));
        writer.Add<long>("users", (long[])[.. without, c.Users, c.WarmUsers, c.TestUsers, c.ColdTestUsers, c.Events, c.ColdItemEvents,
            c.Repeats]);
    }

    public static PartitionSums operator +(PartitionSums a, PartitionSums b) => new(
        [.. a.Models.Zip(b.Models, (x, y) => x + y)],
        [.. a.Differences.Zip(b.Differences, (x, y) => x.Zip(y, (m, n) => m + n).ToArray())])
    {
        Counts = a.Counts + b.Counts,
    };
}

/// <summary>How much was measured.</summary>
/// <param name="Users">For whom there is something to find, <paramref name="WarmUsers"/> of them with a known event.</param>
/// <param name="TestUsers">With an event in the measured part, <paramref name="ColdTestUsers"/> of them without a known one.</param>
/// <param name="ColdItemEvents">Measured events on items that have no training event.</param>
/// <param name="Repeats">Events that were left out, because the user had the item.</param>
internal readonly record struct MeasuredCounts(
    long Users, long WarmUsers, long TestUsers, long ColdTestUsers, long Events, long ColdItemEvents, long Repeats)
{
    public static MeasuredCounts operator +(MeasuredCounts a, MeasuredCounts b) => new(
        a.Users + b.Users, a.WarmUsers + b.WarmUsers, a.TestUsers + b.TestUsers, a.ColdTestUsers + b.ColdTestUsers, a.Events + b.Events,
        a.ColdItemEvents + b.ColdItemEvents, a.Repeats + b.Repeats);
}
