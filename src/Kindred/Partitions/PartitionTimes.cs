using Kindred.Data;
using Kindred.Splitting;

namespace Kindred.Partitions;

/// <summary>
/// The times of all partitions in order, without sorting them: events are counted by day in one pass, and by second in a further pass for
/// each day that a cut falls into.
/// </summary>
internal sealed class PartitionTimes : IOrderedTimes
{
    private readonly PartitionedFolder _data;
    private readonly SortedDictionary<long, long> _days; // day → events
    private readonly Dictionary<long, int[]> _seconds = []; // day → [seconds]: events

    /// <exception cref="InputException">There are no times, or only one.</exception>
    public PartitionTimes(PartitionedFolder data)
    {
        (_data, First, Last) = (data, long.MaxValue, long.MinValue);
        var days = new Dictionary<long, long>();
        PartitionedTraining.ForEach(data, part =>
        {
            if (part.Histories.Count == 0) return;
            TimeAxis.CheckTimes(part.Histories);
            foreach (long time in part.Histories.Times.Span)
            {
                (First, Last) = (Math.Min(First, time), Math.Max(Last, time));
                long day = DayOf(time);
                days[day] = days.GetValueOrDefault(day) + 1;
                Count++;
            }
        });
        TimeAxis.CheckRange(First, Last);
        _days = new(days);
    }

    public long Count { get; private set; }

    public long First { get; private set; }

    public long Last { get; private set; }

    public long At(long place)
    {
        long before = 0;
        foreach (var (day, events) in _days)
        {
            if (before + events > place)
            {
                int[] seconds = SecondsOf(day);
                for (int second = 0; ; second++)
                    if ((before += seconds[second]) > place) return (day * TimeAxis.Day) + second;
            }
            before += events;
        }
        throw new ArgumentOutOfRangeException(nameof(place));
    }

    public long CountBefore(long time)
    {
        long day = DayOf(time), before = 0;
        foreach (var (other, events) in _days)
        {
            if (other > day) break;
            if (other < day) before += events;
            else before += SecondsOf(day).Take((int)(time - (day * TimeAxis.Day))).Sum(count => (long)count);
        }
        return before;
    }

    private static long DayOf(long time) => (time / TimeAxis.Day) - (time % TimeAxis.Day < 0 ? 1 : 0);

    private int[] SecondsOf(long day)
    {
        if (_seconds.TryGetValue(day, out int[]? known)) return known;
        var seconds = _seconds[day] = new int[TimeAxis.Day];
        PartitionedTraining.ForEach(_data, part =>
        {
            foreach (long time in part.Histories.Times.Span)
                if (time >= day * TimeAxis.Day && time < (day + 1) * TimeAxis.Day) seconds[time - (day * TimeAxis.Day)]++;
        });
        return seconds;
    }
}
