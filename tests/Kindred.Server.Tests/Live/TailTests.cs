using CsCheck;
using Kindred.Server.Live;

namespace Kindred.ServerTests.Live;

/// <summary>The tail is bounded in bytes, in the order of time, and says when it does not hold all.</summary>
public sealed class TailTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void It_holds_each_event_once_in_the_order_of_time() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[1, 40], Gen.Int[0, 10]).List[0, 60].Sample(drawn =>
        {
            var tail = new Tail(5, long.MaxValue, 5);
            var kept = new Dictionary<(int Owner, int Sequence), TailEvent>();
            foreach (var (owner, sequence, minute) in drawn)
            {
                // an event that comes twice is the same
                if (kept.Keys.Any(key => key.Sequence == sequence && key.Owner != owner)) continue;
                if (!kept.TryGetValue((owner, sequence), out var e)) e = new(sequence, Noon.AddMinutes(minute), "view", $"i{minute}");
                Assert.Equal(sequence > 5 && !kept.ContainsKey((owner, sequence)), tail.Add($"u{owner}", e));
                if (sequence > 5) kept[(owner, sequence)] = e;
            }
            for (int owner = 0; owner < 4; owner++)
            {
                Assert.True(tail.TryGet($"u{owner}", out var events));
                Assert.Equal(
                    kept.Where(pair => pair.Key.Owner == owner).Select(pair => pair.Value).OrderBy(e => (e.Time, e.Sequence)), events);
            }
            var later = new Tail(20, long.MaxValue, 20);
            tail.CopyTo(later);
            Assert.Equal(kept.Count(pair => pair.Key.Sequence > 20), later.Events);
            Assert.Equal(kept.Count, tail.Events);
        });

    [Fact]
    public void What_does_not_fit_is_said_to_be_in_the_store()
    {
        var tail = new Tail(0, 20_000, 0);
        for (int n = 1; n <= 500; n++) tail.Add($"user-{n % 100}", new(n, Noon.AddSeconds(n), "view", "item"));
        Assert.True(tail.Bytes <= 20_000);
        Assert.True(tail.Evicted > 0);
        int whole = 0;
        for (int user = 0; user < 100; user++)
        {
            bool isWhole = tail.TryGet($"user-{user}", out var events);
            if (isWhole) Assert.Equal(5, events.Count);
            if (isWhole) whole++;
        }
        Assert.Equal(100 - tail.Evicted, whole);
        Assert.InRange(whole, 1, 99);
        // a later event of such an owner does not make the tail look whole
        string evicted = Enumerable.Range(0, 100).Select(user => $"user-{user}").First(user => !tail.TryGet(user, out _));
        Assert.False(tail.Add(evicted, new(501, Noon, "view", "item")));
        Assert.False(tail.TryGet(evicted, out _));
        tail.Drop(evicted);
        Assert.True(tail.TryGet(evicted, out var none) && none.Count == 0);
    }

    [Fact]
    public void It_keeps_the_newest_events_of_an_owner() =>
        Gen.Int[0, 30].Array[1, 40].Sample(minutes =>
        {
            var tail = new Tail(0, long.MaxValue, 0, longest: 5);
            for (int n = 0; n < minutes.Length; n++) tail.Add("ann", new(n + 1, Noon.AddMinutes(minutes[n]), "view", "item"));
            Assert.True(tail.TryGet("ann", out var events));
            var all = minutes.Select((minute, n) => (Noon.AddMinutes(minute), (long)n + 1)).Order();
            Assert.Equal(all.TakeLast(5), events.Select(e => (e.Time, e.Sequence)));
            Assert.Equal((Math.Min(5, minutes.Length), Math.Min(5, minutes.Length) * events[0].Bytes),
                (tail.Events, tail.Bytes - new Tail(0, long.MaxValue, 0).Bytes - 240 - 6));
            // what did not fit is in the store alone, and a later tail knows if it should have it
            var later = new Tail(1, long.MaxValue, 1, longest: 5);
            tail.CopyTo(later);
            bool isWhole = all.SkipLast(5).All(e => e.Item2 <= 1);
            Assert.Equal(isWhole, later.TryGet("ann", out _));
        });

    [Fact]
    public void Of_an_owner_whose_events_were_removed_a_later_tail_asks_the_store()
    {
        var (tail, later) = (new Tail(0, long.MaxValue, 0), new Tail(1, long.MaxValue, 1));
        tail.Add("ann", new(2, Noon, "view", "tea"));
        tail.Outdate("ann");
        tail.CopyTo(later);
        Assert.True(tail.IsOutdated("ann"));
        Assert.False(later.IsOutdated("ann"));
        Assert.False(later.TryGet("ann", out _));
    }

    [Fact]
    public void A_tail_that_begins_after_what_was_learned_is_whole_for_nobody()
    {
        var tail = new Tail(100, long.MaxValue, 40);
        tail.Add("ann", new(101, Noon, "view", "tea"));
        Assert.False(tail.TryGet("ann", out _));
        Assert.Equal(40, tail.Learned);
    }
}
