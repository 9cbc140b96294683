using Kindred.Store;

namespace Kindred.Server.Experiments;

/// <summary>Where to begin to read events of a time.</summary>
internal static class EventsSince
{
    /// <summary>By bisection, as events are stored in the order of their receipt. O(log events) reads.</summary>
    /// <returns>A sequence; events up to it were received before.</returns>
    public static async Task<long> FindAsync(IEventStore events, DateTimeOffset received, CancellationToken cancellation)
    {
        long low = 0, high = await events.LastSequenceAsync(cancellation); // after low, some may have been received later
        while (low < high)
        {
            long middle = low + ((high - low) / 2);
            if (await events.AfterAsync(middle, 1, cancellation) is [var next] && next.ReceivedAt < received) low = next.Sequence;
            else high = middle;
        }
        return low;
    }
}
