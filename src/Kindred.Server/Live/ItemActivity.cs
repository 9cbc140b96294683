using System.Diagnostics;
using Kindred.Store;
using Kindred.Store.Exposures;

namespace Kindred.Server.Live;

/// <summary>What became of an item in an hour.</summary>
/// <param name="Shown">Answers that had it.</param>
/// <param name="Events">Events that named it.</param>
internal readonly record struct ItemHour(DateTimeOffset Time, int Shown, int Events);

/// <summary>Looks for an item in what was answered and in what happened, as far back as nobody has to wait for.</summary>
internal sealed class ItemActivity(IStore store, ExposureLog log, TimeProvider clock)
{
    public const int Hours = 24, MostEvents = 20_000;

    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(1);

    /// <returns>The last hours, oldest first, the present one among them, and whether all answers were looked at.</returns>
    public async Task<(IReadOnlyList<ItemHour> Hours, bool IsWhole)> OfAsync(string itemId, CancellationToken cancellation)
    {
        await log.FlushAsync(cancellation);
        var now = clock.GetUtcNow();
        var first = new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, 0, 0, TimeSpan.Zero).AddHours(1 - Hours);
        var (shown, events) = (new int[Hours], new int[Hours]);
        bool isWhole = await Task.Run(() => CountShown(), cancellation);
        long last = await store.Events.LastSequenceAsync(cancellation);
        foreach (var e in await store.Events.AfterAsync(Math.Max(0, last - MostEvents), MostEvents, cancellation))
            if (e.ItemId == itemId && HourOf(e.Time) is >= 0 and < Hours and int hour) events[hour]++;
        return ([.. Enumerable.Range(0, Hours).Select(hour => new ItemHour(first.AddHours(hour), shown[hour], events[hour]))], isWhole);

        int HourOf(DateTimeOffset time) => (int)Math.Floor((time - first).TotalHours);

        bool CountShown()
        {
            long began = Stopwatch.GetTimestamp();
            foreach (var exposure in log.Read(first, now.AddMinutes(1)))
            {
                if (Stopwatch.GetElapsedTime(began) > MostTime) return false;
                if (HourOf(exposure.Time) is >= 0 and < Hours and int hour
                    && exposure.Items.Any(item => item.ItemId == itemId)) shown[hour]++;
            }
            return true;
        }
    }
}
