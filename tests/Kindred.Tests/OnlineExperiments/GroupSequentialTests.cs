using Kindred.Numerics;
using Kindred.Numerics.Distributions;
using Kindred.OnlineExperiments.Estimation;

namespace Kindred.Tests.OnlineExperiments;

public sealed class GroupSequentialTests
{
    /// <summary>Lan and DeMets, O'Brien–Fleming spending, 5 looks, two-sided .05: ldbounds' and most textbooks' table.</summary>
    [Fact]
    public void Boundaries_are_those_of_the_textbooks()
    {
        double[] bounds = GroupSequential.Boundaries([.2, .4, .6, .8, 1], .05, AlphaSpending.OBrienFleming);
        double[] expected = [4.8769, 3.3569, 2.6803, 2.2898, 2.0310];
        for (int look = 0; look < 5; look++) Assert.Equal(expected[look], bounds[look], 1e-3);
    }

    [Fact]
    public void One_look_is_the_usual_test()
    {
        Assert.Equal(Normal.UpperQuantile(.025), GroupSequential.Boundaries([1], .05, AlphaSpending.OBrienFleming)[0], 1e-9);
        Assert.Equal(.03, GroupSequential.RepeatedPValue(Normal.UpperQuantile(.015), [1], AlphaSpending.Quadratic), 1e-6);
    }

    /// <summary>
    /// spotify/confidence, test_bounds.py: the first of about 180 daily looks. Theirs finds each boundary to 1e-7 in probability, where
    /// 1e-5 is spent; at the second look, where less than that is spent, it takes 8.
    /// </summary>
    [Fact]
    public void Many_looks_agree_with_confidence()
    {
        double[] t = [.0016169976338740648, .0057857955498163615, .012200379088315757, .020199591701142824, .02956441064038571,
            .04047102718841871, .052929825413405296, .06580092295219643, .07878439818310792, .09148496950057272];
        double[] expected = [5.75400023, 8, 5.14701605, 4.91478643, 4.80691346, 4.69004328, 4.57921075, 4.49683943, 4.44452939, 4.38899083];
        double[] bounds = GroupSequential.Boundaries(t, .003333333, AlphaSpending.Quadratic);
        Assert.Equal(expected[0], bounds[0], 1e-6);
        for (int look = 5; look < t.Length; look++) Assert.Equal(expected[look], bounds[look], .02);
    }

    /// <summary>An independent oracle: random walks, one look at a time.</summary>
    [Theory]
    [InlineData(AlphaSpending.OBrienFleming), InlineData(AlphaSpending.Quadratic)]
    public void The_chance_to_cross_any_boundary_is_alpha(AlphaSpending spending)
    {
        double[] t = [.1, .35, .5, .9, 1];
        double[] bounds = GroupSequential.Boundaries(t, .1, spending);
        var rng = new Rng(3);
        const int Walks = 200_000;
        int crossed = 0;
        for (int walk = 0; walk < Walks; walk++)
        {
            double sum = 0, before = 0;
            for (int look = 0; look < t.Length; look++)
            {
                sum += rng.NextNormal() * Math.Sqrt(t[look] - before);
                before = t[look];
                if (Math.Abs(sum) < bounds[look] * Math.Sqrt(t[look])) continue;
                crossed++;
                break;
            }
        }
        Assert.Equal(.1, crossed / (double)Walks, .003);
    }

    [Fact]
    public void A_repeated_p_value_crosses_exactly_its_own_boundary()
    {
        double p = GroupSequential.RepeatedPValue(2.5, [.25, .5, .75], AlphaSpending.OBrienFleming);
        Assert.Equal(2.5, GroupSequential.Boundaries([.25, .5, .75], p, AlphaSpending.OBrienFleming)[^1], 1e-4);
    }
}
