using System.ComponentModel.DataAnnotations;
using Kindred.Data;
using Kindred.Models;
using Kindred.Storage;

namespace Kindred;

/// <summary>
/// Scores an item by how many users touched it, recent ones counting more if asked. The baseline every other model must beat.
/// </summary>
/// <remarks>
///   score(i) = Σ over users u of item i: 2^(−age(u, i) / HalfLifeDays)
/// where age is the time from the user's last event with the item to the newest event of the data. Users are counted, not weights: one
/// listener with ten thousand plays is one listener. Cost: one pass over the events.
/// </remarks>
public sealed record Popularity : ITrainer, IDemandingTrainer
{
    /// <summary>Days after which an event counts half; 0: all events of all times count the same. Needs times.</summary>
    [Range(0, double.MaxValue)]
    public double HalfLifeDays { get; init; }

    public TrainerSummary Summary => new(
        "popularity", "how many users touched it, recent ones more if asked", "events; times for a half-life", "a pass over the events",
        Capabilities.None);

    /// <summary>From hours, as for news, to years, as for films.</summary>
    internal static SearchSpace Space { get; } =
        SearchSpace.Of<Popularity>(null, ("halfLifeDays", "0|0.1|0.3|1|3|7|14|30|60|100|200|400|800|1500|3000"));

    public IModel Train(Interactions interactions, TrainingContext context)
    {
        OptionCheck.Check(this);
        ((IDemandingTrainer)this).CheckFor(interactions);
        var counts = new double[interactions.Items.Count];
        Count(interactions, interactions.Liked.Histories.Newest, counts, context.Cancellation);
        return ModelOf(interactions.Items, counts);
    }

    /// <summary>Adds what the users count; of users in several parts, part by part.</summary>
    /// <param name="newest">Of all parts: when an event counts 1.</param>
    /// <param name="counts">[items]</param>
    internal void Count(Interactions interactions, long newest, double[] counts, CancellationToken cancellation)
    {
        var histories = interactions.Liked.Histories;
        var lastCounted = new int[counts.Length]; // user + 1 whose event with the item was counted
        var items = histories.Items.Span;
        var starts = histories.Starts.Span;
        for (int user = 0; user < interactions.Users.Count; user++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int e = starts[user + 1] - 1; e >= starts[user]; e--) // newest first: the last event with an item is the one that counts
            {
                if (lastCounted[items[e]] == user + 1) continue;
                lastCounted[items[e]] = user + 1;
                counts[items[e]] += HalfLifeDays > 0 ? Math.Pow(2, -(newest - histories.Times.Span[e]) / (HalfLifeDays * 86400)) : 1;
            }
        }
    }

    /// <param name="counts">[items]</param>
    internal static IModel ModelOf(Vocabulary items, double[] counts) => new Model(items, Array.ConvertAll(counts, count => (float)count));

    void IDemandingTrainer.CheckFor(Interactions interactions)
    {
        if (HalfLifeDays > 0 && !interactions.Histories.HasTimes)
            throw new InputException(
                "Popularity with HalfLifeDays needs the time of each event, and this data has none; use HalfLifeDays = 0.");
    }

    internal static IModel Load(TensorFile file, Vocabulary items) => new Model(items, file.Array<float>("scores"));

    /// <param name="popularity">[items]; an item nobody touched is not popular, it is unknown.</param>
    private sealed class Model(Vocabulary items, ReadOnlyMemory<float> popularity) : IModel
    {
        public Vocabulary Items => items;

        public void Score(in Query query, Span<float> scores)
        {
            var known = popularity.Span;
            for (int item = 0; item < known.Length; item++) scores[item] = known[item] > 0 ? known[item] : float.NaN;
        }

        public void Save(TensorWriter writer) => writer.Add("scores", popularity);
    }
}
