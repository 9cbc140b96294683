using CsCheck;
using Kindred.Numerics;
using Kindred.OnlineExperiments.Interleaving;

namespace Kindred.Tests.OnlineExperiments;

public sealed class TeamDraftTests
{
    [Fact]
    public void Every_list_is_fair_whole_and_without_repeats()
    {
        var lists = Gen.Int[0, 12].Array[0, 12].Select(items => items.Distinct().Select(n => $"{n}").ToArray());
        Gen.Select(lists, lists, Gen.Int[0, 15], Gen.Int[0, 100]).Sample((a, b, count, seed) =>
        {
            var list = TeamDraft.Interleave(a, b, count, new Rng((ulong)seed));
            Assert.Equal(Math.Min(count, a.Union(b).Count()), list.Count);
            Assert.Equal(list.Count, list.Select(i => i.Item).Distinct().Count());
            int lead = 0;
            foreach (var item in list)
            {
                lead += item.Team switch { InterleavingTeam.Control => 1, InterleavingTeam.Treatment => -1, _ => 0 };
                Assert.InRange(lead, -1, 1);
            }
            if (list.Count > 0 && a.Length > 0 && b.Length > 0) Assert.Contains(list[0].Item, (string[])[a[0], b[0]]);
        });
    }

    [Fact]
    public void Both_begin_equally_often()
    {
        var rng = new Rng(1);
        int first = Enumerable.Range(0, 4_000)
            .Count(_ => TeamDraft.Interleave(["a", "b"], ["c", "d"], 2, rng)[0].Team == InterleavingTeam.Control);
        Assert.InRange(first, 1_850, 2_150);
    }

    /// <summary>Votes 1, 1, 0, −1, 1: mean .4, variance .8, t 1.</summary>
    [Fact]
    public void Users_vote_once_each_however_much_they_click()
    {
        InterleavingCredits credits = new(), part = new();
        credits.Add(0, 3);
        credits.Add(0, 100);
        credits.Add(2, 2);
        credits.Add(0, 0); // no vote
        part.Add(5, 0);
        part.Add(0, 1);
        credits.Merge(part);
        Assert.Equal((5, 3, 1), (credits.Users, credits.Wins, credits.Losses));
        Assert.Equal(.4, credits.Preference, 1e-12);
        var interval = credits.Interval();
        Assert.Equal(.373900966300059, interval.PValue, 1e-9); // P(|T₄| ≥ 1)
        Assert.Equal(.4 - (2.77644510519779 * .4), interval.Low, 1e-9);
        Assert.Equal(40, credits.UsersNeeded(), 1.0); // (2.8016 / .4)²·.8 = 39.2
    }

    /// <summary>The same users and clicks, once in two arms and once interleaved.</summary>
    [Fact]
    public void It_needs_fewer_users_than_two_arms()
    {
        var rng = new Rng(11);
        var credits = new InterleavingCredits();
        Kindred.OnlineExperiments.Metrics.UnitSums[] arms = [new(), new()];
        for (int user = 0; user < 20_000; user++)
        {
            double activity = Math.Exp(rng.NextNormal()); // users differ much
            int Clicks(double rate) => Enumerable.Range(0, 20).Count(_ => rng.NextDouble() < rate * activity / 20);
            credits.Add(Clicks(.5), Clicks(.55));
            arms[user % 2].Add(Clicks(user % 2 == 0 ? 1 : 1.1));
        }
        var effect = Kindred.OnlineExperiments.Estimation.ArmComparison.Compare(
            arms[0], arms[1], Kindred.OnlineExperiments.Metrics.OnlineMetricKind.Mean, usesBefore: false);
        double twoArms = Kindred.OnlineExperiments.Design.SampleSize.UnitsFor(.1, effect.DifferenceError, effect.Units, .05, .8);
        Assert.True(credits.UsersNeeded() < twoArms, $"{credits.UsersNeeded()} against {twoArms}");
    }
}
