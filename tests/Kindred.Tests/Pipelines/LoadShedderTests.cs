using Kindred.Pipelines;

namespace Kindred.Tests.Pipelines;

/// <summary>Times are given in minutes, beside which those of the test do not count.</summary>
public sealed class LoadShedderTests
{
    private const int Slow = 0, Quick = 1, Needed = 2;

    /// <returns>[requests][steps done]</returns>
    private static List<int[]> Serve(LoadShedder shedder, int requests, params double[] minutes)
    {
        var done = new List<int[]>();
        for (int n = 0; n < requests; n++)
        {
            var request = shedder.Begin();
            int[] steps = [.. Enumerable.Range(0, minutes.Length).Where(step =>
            {
                if (!request.Allows(step)) return false;
                request.Took(step, TimeSpan.FromMinutes(minutes[step]));
                return true;
            })];
            done.Add(steps);
        }
        return done;
    }

    [Fact]
    public void The_first_in_the_order_goes_first_and_alone_if_that_is_enough()
    {
        var done = Serve(new LoadShedder(TimeSpan.FromMinutes(20), [Slow, Quick], 3), 10, 30, 5, 5);
        Assert.All(done[..4], steps => Assert.Equal([Slow, Quick, Needed], steps)); // 3 to warm up, 1 to measure
        Assert.All(done[4..], steps => Assert.Equal([Quick, Needed], steps));
    }

    [Fact]
    public void Where_that_is_not_enough_the_next_goes_too_and_what_is_not_in_the_order_stays()
    {
        var done = Serve(new LoadShedder(TimeSpan.FromMinutes(20), [Slow, Quick], 3), 10, 30, 25, 30);
        Assert.All(done[4..], steps => Assert.Equal([Needed], steps));
    }

    /// <summary>Dropped, a step is thought to be 1 % faster each time: 30 · .99^41 is the first below 20.</summary>
    [Fact]
    public void A_dropped_step_is_tried_again_after_as_many_requests_as_computed()
    {
        var done = Serve(new LoadShedder(TimeSpan.FromMinutes(20), [Slow], 1), 60, 30);
        Assert.Equal([0, 1, 2, 3, 45], done.Index().Where(request => request.Item is [Slow]).Select(request => request.Index).Take(5));
    }
}
