using CsCheck;
using Kindred.Data;
using Kindred.Import;

namespace Kindred.Native.Tests.Import;

public sealed class EventTableTests : IDisposable
{
    private readonly ImportSandbox _box = new();

    public void Dispose() => _box.Dispose();

    [Fact]
    public void Exact_repeats_are_one_event()
    {
        var summary = _box.ImportText("user,item,ts\na,x,5\na,x,5\na,x,6\nb,x,5\na,y,5\na,x,5\n");
        Assert.Equal(["a x 1 5", "a y 1 5", "a x 1 6", "b x 1 5"], _box.Events);
        Assert.Equal(new RowCounts(6, 4, 2, 0, 0), summary.Rows);
    }

    [Fact]
    public void Weights_of_exact_repeats_add_up()
    {
        var summary = _box.ImportText("user,item,count,ts\na,x,2,5\na,x,3,5\na,x,7,6\n");
        Assert.Equal(["a x 5 5", "a x 7 6"], _box.Events);
        Assert.Equal(1, summary.Rows.Merged);
    }

    [Fact]
    public void Repeats_of_different_event_types_stay_apart()
    {
        string path = _box.Write("events.csv", "user,item,event,ts\na,x,view,5\na,x,buy,5\na,x,view,5\n");
        _box.Import(new ImportOptions { Sources = [path], Weights = new Dictionary<string, float> { ["view"] = 1, ["buy"] = 4 } });
        Assert.Equal(["a x 2 5", "a x 4 5"], _box.Events);
    }

    [Fact]
    public void Without_times_repeats_of_a_pair_are_one_event()
    {
        var summary = _box.ImportText("user,item,count\na,x,2\nb,x,1\na,y,1\na,x,3\n");
        Assert.Equal(["a x 5", "a y 1", "b x 1"], _box.Events);
        Assert.Equal(1, summary.Rows.Merged);
    }

    [Fact]
    public void A_later_rating_replaces_an_earlier_one()
    {
        // By time where there is one, by the order of the rows where times are equal.
        var summary = _box.ImportText("user,item,rating,ts\na,x,5,20\na,x,1,10\na,y,2,7\na,y,3,7\n");
        Assert.Equal(["a y 3 7", "a x 5 20"], _box.Events);
        Assert.Equal(new RowCounts(4, 2, 2, 0, 0), summary.Rows);
    }

    [Fact]
    public void The_minimum_looks_at_the_rating_that_counts()
    {
        // x was lowered from 5 to 2: the 5 does not come back.
        string path = _box.Write("events.csv", "user,item,rating,ts\na,x,5,1\na,x,2,2\na,y,4,3\n");
        var summary = _box.Import(new ImportOptions { Sources = [path], MinValue = 4 });
        Assert.Equal(["a y 4 3"], _box.Events);
        Assert.Equal(new RowCounts(3, 1, 1, 0, 1), summary.Rows);
        Assert.Equal([new ReasonCount("the value is below 4", 1)], summary.Reasons);
    }

    [Fact]
    public void Filtering_the_core_goes_on_until_nothing_changes()
    {
        // z has one event, so c is left with one and goes, so y is left with one and goes, so b is left with one and goes.
        string path = _box.Write("events.csv", "user,item\na,w\na,x\nd,w\nd,x\nb,w\nb,y\nc,y\nc,z\n");
        var summary = _box.Import(new ImportOptions { Sources = [path], MinUser = 2, MinItem = 2 });
        Assert.Equal(["a w 1", "a x 1", "d w 1", "d x 1"], _box.Events);
        Assert.Equal((2, 2, new RowCounts(8, 4, 0, 0, 4)), (summary.Users, summary.Items, summary.Rows));
    }

    [Fact]
    public void The_core_of_random_events_is_the_largest_that_satisfies_both_minimums()
    {
        var pair = Gen.Select(Gen.Int[0, 7], Gen.Int[0, 7]);
        Gen.Select(pair.Array[1, 40], Gen.Int[1, 4], Gen.Int[1, 4]).Sample((pairs, minUser, minItem) =>
        {
            var left = pairs.Distinct().ToList();
            for (int before = -1; before != left.Count;)
            {
                before = left.Count;
                left = left.FindAll(p => left.Count(o => o.Item1 == p.Item1) >= minUser);
                left = left.FindAll(p => left.Count(o => o.Item2 == p.Item2) >= minItem);
            }
            var rows = new EncodedRows(Table(8), Table(8), [.. pairs.Select(p => p.Item1)], [.. pairs.Select(p => p.Item2)], [], [], []);
            var events = new EventTable(rows, 0, pairs.Length);
            events.Merge(ValueKind.None);
            events.KeepCore(minUser, minItem, CancellationToken.None);
            Assert.Equal(left.Count, events.Count);
            var (kept, userIndex, _, _) = events.Compact();
            Assert.Equal(left.Select(p => $"u{p.Item1} u{p.Item2} 1").Order(StringComparer.Ordinal), ImportSandbox.EventsOf(kept)
                .Order(StringComparer.Ordinal));
            Assert.Equal(left.Select(p => p.Item1).Distinct().Count(), userIndex.Count(i => i >= 0));
        }, iter: 300);
    }

    [Fact]
    public void Weights_are_halved_in_every_half_life()
    {
        string path = _box.Write("events.csv", "user,item,rating,ts\na,x,4,0\na,y,4,86400\nb,z,3,172800\n");
        var summary = _box.Import(new ImportOptions { Sources = [path], HalfLife = TimeSpan.FromDays(1) });
        Assert.Equal(["a x 1 0", "a y 2 86400", "b z 3 172800"], _box.Events);
        Assert.Equal(ValueKind.Weights, summary.Values);
        Assert.Contains("Ratings were weighed by their age: the values are weights now.", summary.Notes);
    }

    [Fact]
    public void Weights_of_very_old_events_stay_above_zero()
    {
        string path = _box.Write("events.csv", "user,item,ts\na,x,0\na,y,1500000000\n");
        _box.Import(new ImportOptions { Sources = [path], HalfLife = TimeSpan.FromMinutes(1) });
        Assert.All(_box.Result.Interactions.Histories.Weights.ToArray(), w => Assert.True(w > 0));
    }

    [Fact]
    public void Histories_of_random_times_are_sorted_stably()
    {
        Gen.Long[0, 6].Array[1, 60].Sample(seconds =>
        {
            long[] times = [.. seconds.Select(s => (1000 * s) + (s % 3))];
            int[] items = [.. Enumerable.Range(0, times.Length)];
            var rows = new EncodedRows(Table(1), Table(times.Length), new int[times.Length], items, times, [], []);
            var histories = new EventTable(rows, 0, times.Length).Compact().Interactions.Histories;
            Assert.Equal(items.OrderBy(n => times[n]), histories.ItemsOf(0).ToArray());
            Assert.Equal(seconds.Order(), histories.TimesOf(0).ToArray());
        }, iter: 300);
    }

    private static StringTable Table(int count) => StringTable.From([.. Enumerable.Range(0, count).Select(n => $"u{n}")]);
}
