using CsCheck;
using Kindred.OnlineExperiments;
using Kindred.OnlineExperiments.Analysis;
using Kindred.OnlineExperiments.Metrics;

namespace Kindred.Tests.OnlineExperiments;

public sealed class ExperimentDataTests
{
    private static readonly OnlineExperiment Experiment = new()
    {
        Name = "e",
        Metrics =
        [
            new("mean") { Cap = 10 }, new("share") { Kind = OnlineMetricKind.Proportion },
            new("ratio") { Kind = OnlineMetricKind.Ratio, Denominator = "d" },
        ],
    };

    /// <summary>What is kept day by day is what one would get by looking at that day.</summary>
    [Fact]
    public void Every_earlier_day_is_as_it_was()
    {
        const int Days = 5;
        var gen = Gen.Select(Gen.Int[0, 1], Gen.Int[0, Days - 1], Gen.Select(Gen.Int[0, Days - 1], Gen.Int[0, 8]).Array[0, 6]);
        gen.Array[1, 15].Sample(units =>
        {
            var data = new ExperimentData(Experiment, Days);
            foreach (var (arm, entry, events) in units)
            {
                data.Begin(arm, entry);
                foreach (var (day, value) in events.Where(e => e.Item1 >= entry).OrderBy(e => e.Item1)) data.Add(day, Values(value));
                data.End();
            }
            for (int day = 0; day < Days; day++)
                for (int arm = 0; arm < 2; arm++)
                {
                    UnitSums[] expected = [new(), new(), new()];
                    foreach (var (_, entry, events) in units.Where(u => u.Item1 == arm && u.Item2 <= day))
                    {
                        double sum = events.Where(e => e.Item1 >= entry && e.Item1 <= day).Sum(e => e.Item2);
                        double count = events.Count(e => e.Item1 >= entry && e.Item1 <= day);
                        expected[0].Add(Math.Min(10, sum));
                        expected[1].Add(sum != 0 ? 1 : 0);
                        expected[2].AddRatio(sum, count);
                    }
                    for (int metric = 0; metric < 3; metric++)
                    {
                        var found = data.Of(metric, arm, day);
                        Assert.Equal(expected[metric].Count, found.Count);
                        for (int n = 0; n < 2; n++) Assert.Equal(expected[metric].Sum(n), found.Sum(n), 1e-9);
                        if (found.Count > 1)
                            Assert.Equal(expected[metric].Covariance(0, 1, true), found.Covariance(0, 1, true), 1e-9);
                    }
                }
        });

        static double[] Values(double value) => [value, 0, value, 0, value, 1];
    }

    [Fact]
    public void Units_with_and_without_a_past_are_strata()
    {
        var data = new ExperimentData(Experiment, 1, ["country=DE", "country=FR"]);
        data.Begin(0, 0, [1]);
        data.AddBefore([3, 0, 3, 0, 3, 2]);
        data.Add(0, [5, 0, 5, 0, 5, 1]);
        data.End();
        data.Begin(1, 0, [0]);
        data.End();
        var strata = data.StrataOf(0, 0, 1);
        Assert.Equal(2, strata.Count);
        Assert.Equal([(0L, 1L), (1L, 0L)], strata.Select(s => (s.Control.Count, s.Treatment.Count)));
        Assert.Equal((5, 3), (data.Of(0, 0, 0).Sum(0), data.Of(0, 0, 0).Sum(2)));
        Assert.Equal((0, 1), (data.OfSegment(0, 0, 0).Count, data.OfSegment(0, 0, 1).Count));
        Assert.Equal([0L, 1L], data.UnitsBySegment[0]);
    }
}
