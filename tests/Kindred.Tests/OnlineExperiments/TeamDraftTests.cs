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

    /// <summary>Votes 1, 1, ½, −1: Σv 1.5, Σv² 3.25; ρ² is that of α = .05 and 100 users.</summary>
    [Fact]
    public void The_sequence_is_that_of_its_formula()
    {
        var credits = new InterleavingCredits();
        Assert.True(double.IsNaN(credits.Sequence().PValue));
        foreach (var (control, treatment) in ((long, long)[])[(0, 1), (0, 2), (1, 3), (1, 0)]) credits.Add(control, treatment);
        double log = -2 * Math.Log(.05), rho = (log + Math.Log(log + 1)) / 100, n = 3.25 * rho;
        double width = Math.Sqrt(2 * (n + 1) / n * Math.Log(Math.Sqrt(n + 1) / .05))
            * Math.Sqrt(3.25) / 4;
        var interval = credits.Sequence();
        Assert.Equal(.375 - width, interval.Low, 1e-12);
        Assert.Equal(.375 + width, interval.High, 1e-12);
        credits = new();
        for (int user = 0; user < 12; user++) credits.Add(0, 5);
        n = 12 * rho;
        Assert.Equal(Math.Sqrt(n + 1) * Math.Exp(-n * 12 / (2 * (n + 1))), credits.Sequence().PValue, 1e-12); // Σv / √Σv² = √12
        Assert.True(credits.Sequence(tuning: 20).PValue < .05);
    }

    /// <summary>Users who prefer neither arm, looked at after each of them; some come back and click again.</summary>
    [Fact]
    public void Whoever_looks_after_each_user_is_rarely_wrong_with_the_sequence_and_often_without()
    {
        const int Runs = 300, Users = 200;
        var root = new Rng(5);
        int sequence = 0, ordinary = 0;
        for (int run = 0; run < Runs; run++)
        {
            var rng = root.Fork("run", run);
            var clicks = new List<(long Control, long Treatment)>();
            bool isWrong = false, isOrdinarilyWrong = false;
            for (int look = 1; look <= Users; look++)
            {
                int user = clicks.Count > 0 && rng.NextDouble() < .2 ? rng.NextInt(clicks.Count) : clicks.Count;
                if (user == clicks.Count) clicks.Add((0, 0));
                for (int n = 1 + rng.NextInt(4); n > 0; n--)
                    clicks[user] = rng.NextInt(2) == 0 ? (clicks[user].Control + 1, clicks[user].Treatment)
                        : (clicks[user].Control, clicks[user].Treatment + 1);
                if (look % 5 != 0) continue;
                var credits = new InterleavingCredits();
                foreach (var (control, treatment) in clicks) credits.Add(control, treatment);
                isWrong |= credits.Sequence().PValue < .05;
                isOrdinarilyWrong |= credits.Interval().PValue < .05;
            }
            if (isWrong) sequence++;
            if (isOrdinarilyWrong) ordinary++;
        }
        Assert.True(sequence <= .05 * Runs, $"{sequence} of {Runs}");
        Assert.True(ordinary > .15 * Runs, $"{ordinary} of {Runs}");
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
