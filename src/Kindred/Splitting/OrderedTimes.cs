namespace Kindred.Splitting;

/// <summary>The times of all events in order, UTC Unix seconds: what a cut by time must know of them. There is at least one.</summary>
internal interface IOrderedTimes
{
    long Count { get; }

    long First { get; }

    long Last { get; }

    /// <returns>The time at a place, from 0.</returns>
    long At(long place);

    /// <returns>How many are earlier.</returns>
    long CountBefore(long time);
}

/// <param name="sorted">[events], ascending.</param>
internal sealed class SortedTimes(long[] sorted) : IOrderedTimes
{
    public long Count => sorted.Length;

    public long First => sorted[0];

    public long Last => sorted[^1];

    public long At(long place) => sorted[place];

    public long CountBefore(long time) => TimeAxis.CountBefore(sorted, time);
}
