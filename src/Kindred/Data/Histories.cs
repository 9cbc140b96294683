using Kindred.Storage;

namespace Kindred.Data;

/// <summary>Every user's events, oldest first; events of equal or unknown time stand in the order of the source. Immutable.</summary>
/// <param name="starts">[users + 1]: user u owns events [starts[u], starts[u + 1]).</param>
/// <param name="items">[events]</param>
/// <param name="times">[events], UTC Unix seconds; empty when the source has no times.</param>
/// <param name="weights">[events], &gt; 0: a confidence, or a rating where the source has ratings.</param>
public sealed class Histories(
    ReadOnlyMemory<int> starts, ReadOnlyMemory<int> items, ReadOnlyMemory<long> times, ReadOnlyMemory<float> weights)
{
    private const string ScaleName = "scale";

    private readonly Lazy<(long Oldest, long Newest)> _span = new(() => SpanOf(times.Span));

    /// <summary>How the values that came with the events became <see cref="Weights"/>.</summary>
    public ValueScale Scale { get; init; } = ValueScale.Raw;

    /// <summary>Number of users.</summary>
    public int Users => starts.Length - 1;

    /// <summary>Number of events.</summary>
    public int Count => items.Length;

    public bool HasTimes => times.Length > 0;

    /// <summary>The time of the oldest event, UTC Unix seconds; the largest number where there is none.</summary>
    public long Oldest => _span.Value.Oldest;

    /// <summary>The time of the newest event, UTC Unix seconds; the smallest number where there is none.</summary>
    public long Newest => _span.Value.Newest;

    /// <summary>[users + 1]</summary>
    public ReadOnlyMemory<int> Starts => starts;

    /// <summary>[events]</summary>
    public ReadOnlyMemory<int> Items => items;

    /// <summary>[events], UTC Unix seconds; empty when the source has no times.</summary>
    public ReadOnlyMemory<long> Times => times;

    /// <summary>[events]</summary>
    public ReadOnlyMemory<float> Weights => weights;

    /// <returns>The user's items, oldest first; an item may occur more than once.</returns>
    public ReadOnlyMemory<int> ItemsOf(int user) => items[starts.Span[user]..starts.Span[user + 1]];

    public ReadOnlyMemory<float> WeightsOf(int user) => weights[starts.Span[user]..starts.Span[user + 1]];

    public ReadOnlyMemory<long> TimesOf(int user) => HasTimes ? times[starts.Span[user]..starts.Span[user + 1]] : default;

    /// <summary>Keeps the events that <paramref name="keep"/> marks; users and items keep their indices.</summary>
    /// <param name="keep">[events]</param>
    public Histories Where(ReadOnlySpan<bool> keep)
    {
        if (keep.Length != Count)
            throw new ArgumentException($"Expected a mark for each of {Count} events, got {keep.Length}.", nameof(keep));
        int kept = keep.Count(true);
        var newStarts = new int[Users + 1];
        var newItems = new int[kept];
        var newTimes = new long[HasTimes ? kept : 0];
        var newWeights = new float[kept];
        ReadOnlySpan<int> bounds = starts.Span, allItems = items.Span;
        var allTimes = times.Span;
        var allWeights = weights.Span;
        int n = 0;
        for (int user = 0; user < Users; user++)
        {
            for (int e = bounds[user]; e < bounds[user + 1]; e++)
            {
                if (!keep[e]) continue;
                newItems[n] = allItems[e];
                if (HasTimes) newTimes[n] = allTimes[e];
                newWeights[n++] = allWeights[e];
            }
            newStarts[user + 1] = n;
        }
        return new(newStarts, newItems, newTimes, newWeights) { Scale = Scale };
    }

    private static (long Oldest, long Newest) SpanOf(ReadOnlySpan<long> times)
    {
        var (oldest, newest) = (long.MaxValue, long.MinValue);
        foreach (long time in times) (oldest, newest) = (Math.Min(oldest, time), Math.Max(newest, time));
        return (oldest, newest);
    }

    internal void Save(TensorWriter writer)
    {
        writer.Add("starts", starts);
        writer.Add("items", items);
        writer.Add("times", times);
        writer.Add("weights", weights);
        if (Scale != ValueScale.Raw) writer.Add<float>(ScaleName, new[] { (float)Scale.Scaling, Scale.Unit });
    }

    internal static Histories Load(TensorFile file) =>
        new(file.Array<int>("starts"), file.Array<int>("items"), file.Array<long>("times"), file.Array<float>("weights"))
        {
            Scale = file.Contains(ScaleName) && file.Array<float>(ScaleName).Span is [var scaling, var unit]
                ? new((ValueScaling)scaling, unit) : ValueScale.Raw,
        };
}
