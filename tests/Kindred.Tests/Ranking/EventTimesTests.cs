using CsCheck;
using Kindred.Ranking;

namespace Kindred.Tests.Ranking;

public sealed class EventTimesTests
{
    [Fact]
    public void Counts_and_ages_are_those_of_a_loop_over_the_events() =>
        Gen.Select(Gen.Select(Gen.Int[0, 3], Gen.Long[-5, 5]).Array[0, 30], Gen.Long[-7, 7]).Sample((events, moment) =>
        {
            var times = new EventTimes(Array.ConvertAll(events, e => e.Item1), Array.ConvertAll(events, e => e.Item2), 4);
            for (int key = 0; key < 4; key++)
            {
                long[] before = [.. events.Where(e => e.Item1 == key && e.Item2 < moment).Select(e => e.Item2)];
                Assert.Equal(before.Length, times.CountBefore(key, moment));
                Assert.Equal(before.Length == 0 ? float.NaN : moment - before.Min(), times.Age(key, moment));
            }
        });

    [Fact]
    public void Events_without_times_are_before_any_moment()
    {
        var times = new EventTimes([0, 2, 2], [], 3);
        Assert.Equal([1, 0, 2], Enumerable.Range(0, 3).Select(key => times.CountBefore(key, long.MinValue)));
        Assert.Equal(float.NaN, times.Age(2, 0));
    }
}
