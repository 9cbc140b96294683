using Kindred.Numerics;
using Kindred.OffPolicy;

namespace Kindred.Tests.OffPolicy;

public sealed class OffPolicyEvaluationTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Ten items in two contexts with known click rates, a random logging policy and a random target: the truth is
    /// known.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Estimates_are_within_three_standard_errors_of_the_truth(int seed)
    {
        const int Items = 10, Count = 10_000;
        var rng = new Rng((ulong)seed);
        string[] contexts = ["phone", "web"];
        double[][] rates = [.. contexts.Select(_ => Draw(() => .05 + (.4 * rng.NextDouble())))];
        double[][] logging = [.. contexts.Select(_ => Normalized(Draw(() => .2 + rng.NextDouble())))];
        double[][] target = [.. contexts.Select(_ => Normalized(Draw(rng.NextDouble)))];
        var decisions = new List<LoggedDecision>();
        double truth = 0;
        for (int n = 0; n < Count; n++)
        {
            int context = rng.NextInt(2), item = 0;
            for (double left = rng.NextDouble() - logging[context][0]; left > 0 && item < Items - 1; left -= logging[context][item]) item++;
            truth += target[context].Zip(rates[context], (p, rate) => p * rate).Sum() / Count;
            decisions.Add(new($"i{item}", rng.NextDouble() < rates[context][item] ? 1 : 0, logging[context][item])
            {
                Context = contexts[context],
                Cluster = $"c{item / 5}",
            });
        }
        var log = BanditLog.From(decisions);
        var policy = TargetPolicy.FromTable("target", log,
            contexts.SelectMany((name, context) => target[context].Select((p, item) => new PolicyRow(name, $"i{item}", p))));
        var report = OffPolicyEvaluation.Evaluate(log, policy, Cancellation);
        Assert.True(report.IsAnswerable, report.Verdict);
        OffPolicyEstimate Of(string name) => report.Estimates.Single(e => e.Estimator == name);
        foreach (string name in (string[])["IPS", "SNIPS", "DR"])
            Assert.InRange(Math.Abs(Of(name).Value - truth), 0, 3 * Of(name).StandardError);
        // λ trades a little bias for variance
        foreach (string name in (string[])["clipped IPS", "Switch-DR", "DRos"])
            Assert.InRange(Math.Abs(Of(name).Value - truth), 0, 4 * Of("IPS").StandardError);
        // the direct method is biased towards the mean, its interval does not say so
        Assert.InRange(Of("DM").Value, truth - .02, truth + .02);
        Assert.Contains(report.Estimates, e => e.Estimator == "MIPS");
        Assert.InRange(report.Diagnostics.CalibrationPValue!.Value, .001, 1);
        Assert.Equal("DR", report.Best.Estimator);

        double[] Draw(Func<double> one) => [.. Enumerable.Range(0, Items).Select(_ => one())];
        double[] Normalized(double[] row) => [.. row.Select(value => value / row.Sum())];
    }

    [Fact]
    public void The_logging_policy_itself_is_worth_what_it_earned()
    {
        var log = Log(400, (n, rng) => new($"i{n % 4}", rng.NextDouble(), .25));
        var report = OffPolicyEvaluation.Evaluate(log, TargetPolicy.Uniform(log), Cancellation);
        Assert.Equal(report.Logged.Value, report.Estimates.Single(e => e.Estimator == "IPS").Value, 1e-12);
        Assert.Equal(0, report.Estimates.Single(e => e.Estimator == "SNIPS").Difference!.Value, 1e-12);
        Assert.Equal((400, 1.0), (report.Diagnostics.EffectiveSampleSize, report.Diagnostics.MeanWeight));
        Assert.Equal(0, report.Diagnostics.UnsupportedMass);
    }

    [Fact]
    public void A_log_without_exploration_answers_nothing_and_says_what_would()
    {
        var log = Log(5_000, (n, rng) => new(n % 50 == 0 ? "new" : "old", n % 3 == 0 ? 1 : 0, n % 50 == 0 ? .02 : .98));
        var always = TargetPolicy.FromTable("always new", log, [new(null, "new", 1)]);
        var report = OffPolicyEvaluation.Evaluate(log, always, Cancellation);
        Assert.True(report.IsAnswerable, report.Verdict); // 100 decisions showed it

        var few = Log(500, (n, rng) => new(n % 50 == 0 ? "new" : "old", n % 3 == 0 ? 1 : 0, n % 50 == 0 ? .02 : .98));
        var refused = OffPolicyEvaluation.Evaluate(few, TargetPolicy.FromTable("always new", few, [new(null, "new", 1)]), Cancellation);
        Assert.False(refused.IsAnswerable);
        Assert.StartsWith("Not answerable: its effective sample size is 10", refused.Verdict, StringComparison.Ordinal);
        // π(new) = (1 − ε)·.02 + ε/2 ≥ 100/500 first holds for ε = .38
        Assert.Equal(.38, refused.Diagnostics.NeededExploration!.Value, 1e-12);
        Assert.Contains("With 38 % of the decisions chosen uniformly at random, 500 decisions", refused.Verdict, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_log_never_shows_cannot_be_judged()
    {
        var log = Log(1_000, (n, rng) => new($"i{n % 2}", n % 5 == 0 ? 1 : 0, .5));
        var policy = TargetPolicy.FromTable("other", log, [new(null, "i0", .5), new(null, "unseen", .5)]);
        var report = OffPolicyEvaluation.Evaluate(log, policy, Cancellation);
        Assert.False(report.IsAnswerable);
        Assert.Contains("the policy shows what the log never does", report.Verdict, StringComparison.Ordinal);
        Assert.Equal(.5, report.Diagnostics.UnsupportedMass!.Value, 1e-12);
    }

    [Fact]
    public void Wrong_propensities_are_seen()
    {
        var log = Log(2_000, (n, rng) => new(n % 4 == 0 ? "a" : "b", n % 7 == 0 ? 1 : 0, .5)); // a was shown in a quarter
        var report = OffPolicyEvaluation.Evaluate(log, TargetPolicy.Uniform(log), Cancellation);
        Assert.Contains("Items were shown more or less often than the propensities say", Assert.Single(report.Diagnostics.Warnings),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_weight_far_from_all_others_is_named()
    {
        var log = Log(3_000, (n, rng) => new($"i{n % 2}", n % 7 == 0 ? 1 : 0, n == 41 ? .005 : .5)); // .5 with a wrong digit
        var report = OffPolicyEvaluation.Evaluate(log, TargetPolicy.Uniform(log), Cancellation);
        Assert.StartsWith("Decision 42 (i1, propensity 0.005) has the weight 100; of the others hardly any is above 1.",
            Assert.Single(report.Diagnostics.Warnings), StringComparison.Ordinal);
        // a policy that explores little has many such weights
        var explored = Log(3_000, (n, rng) => new(n % 100 == 0 ? "rare" : "usual", n % 7 == 0 ? 1 : 0, n % 100 == 0 ? .01 : .99));
        Assert.Empty(OffPolicyEvaluation.Evaluate(explored, TargetPolicy.Uniform(explored), Cancellation).Diagnostics.Warnings);
    }

    [Fact]
    public void Users_are_the_units_where_they_are_named()
    {
        IEnumerable<LoggedDecision> Decisions(bool named) => Enumerable.Range(0, 600).Select(n =>
            new LoggedDecision($"i{n % 2}", n / 6 % 2, .5) { User = named ? $"u{n / 6}" : null }); // all of a user's rewards are equal
        var (alone, users) = (BanditLog.From(Decisions(false)), BanditLog.From(Decisions(true)));
        var (narrow, wide) = (OffPolicyEvaluation.Evaluate(alone, TargetPolicy.Uniform(alone), Cancellation),
            OffPolicyEvaluation.Evaluate(users, TargetPolicy.Uniform(users), Cancellation));
        Assert.Equal(100, wide.Units);
        Assert.Equal(narrow.Logged.Value, wide.Logged.Value, 1e-12);
        Assert.InRange(wide.Logged.StandardError / narrow.Logged.StandardError, 2.4, 2.5); // √6
    }

    [Fact]
    public void Decisions_that_cannot_be_used_are_refused()
    {
        static string Said(params LoggedDecision[] decisions) => Assert.Throws<InputException>(() => BanditLog.From(decisions)).Message;
        Assert.Contains("holds no decisions", Said(), StringComparison.Ordinal);
        Assert.Contains("Decision 2 has the propensity 0", Said(new("a", 1, 1), new("a", 1, 0)), StringComparison.Ordinal);
        Assert.Contains("propensity NaN", Said(new LoggedDecision("a", 1, double.NaN)), StringComparison.Ordinal);
        Assert.Contains("reward NaN", Said(new LoggedDecision("a", double.NaN, 1)), StringComparison.Ordinal);
        Assert.Contains("names no item", Said(new LoggedDecision("", 1, 1)), StringComparison.Ordinal);
        Assert.Contains("1 of 2 decisions name a user", Said(new("a", 1, 1), new("a", 1, 1) { User = "u" }), StringComparison.Ordinal);
        Assert.Contains("position 1 twice", Said(
            new("a", 1, 1) { List = "l", Position = 1 }, new("b", 1, 1) { List = "l", Position = 1 }), StringComparison.Ordinal);
        var log = BanditLog.From([new("a", 1, .5), new("b", 1, .5)]);
        static string Refused(Action action) => Assert.Throws<InputException>(action).Message;
        Assert.Contains("add up to 0.6, not to 1",
            Refused(() => TargetPolicy.FromTable("p", log, [new(null, "a", .6)])), StringComparison.Ordinal);
        Assert.Contains("has no row of its only context", Refused(() => TargetPolicy.FromTable("p", log, [new("x", "a", 1)])),
            StringComparison.Ordinal);
        Assert.Contains("1 probabilities for 2 decisions", Refused(() => TargetPolicy.FromChosen("p", log, [1])), StringComparison.Ordinal);
        Assert.Contains("the probability 2", Refused(() => TargetPolicy.FromChosen("p", log, [2, 0])), StringComparison.Ordinal);
    }

    private static BanditLog Log(int count, Func<int, Rng, LoggedDecision> decision)
    {
        var rng = new Rng(7);
        return BanditLog.From(Enumerable.Range(0, count).Select(n => decision(n, rng)));
    }

    [Fact]
    public void Weights_are_counted_by_powers_of_two()
    {
        // w = πe / πb: 0 twice, .5, 1, 2 and 2.5
        LoggedDecision[] decisions =
            [.. new[] { .5, .5, .5, .5, .25, .2 }.Select((propensity, n) => new LoggedDecision($"i{n}", n % 2, propensity))];
        var log = BanditLog.From(decisions);
        var report = OffPolicyEvaluation.Evaluate(log, TargetPolicy.FromChosen("p", log, [0, 0, .25, .5, .5, .5]),
            TestContext.Current.CancellationToken);
        Assert.Equal(
            [new(0, 0, 2), new(.25, .5, 1), new(.5, 1, 1), new(1, 2, 1), new WeightBin(2, 4, 1)], report.Diagnostics.Weights);
    }

    /// <summary>Six items, shown by chance, and propensities that were written with four digits.</summary>
    [Theory]
    [InlineData(true), InlineData(false)]
    public void A_policy_that_does_what_the_log_did_differs_by_nothing(bool hasLists)
    {
        var log = Log(6_000, (n, rng) => new($"i{rng.NextInt(6)}", rng.NextDouble() < .1 ? 1 : 0, .1667)
        {
            List = hasLists ? $"l{n / 3}" : null,
            Position = hasLists ? (n % 3) + 1 : 0,
        });
        var report = OffPolicyEvaluation.Evaluate(log, TargetPolicy.Uniform(log), Cancellation);
        Assert.Contains("not significantly different from", report.Verdict, StringComparison.Ordinal);
        Assert.All(report.Estimates, estimate => Assert.Equal(
            (0, 0, 0), (estimate.Difference, estimate.DifferenceLow, estimate.DifferenceHigh)));
    }

    /// <summary>Each user gets an item of their own for certain: that none is shown always is no error.</summary>
    [Fact]
    public void Propensities_of_several_choices_are_not_compared_with_frequencies()
    {
        var log = Log(1_000, (n, _) => new($"i{n % 5}", n % 3 == 0 ? 1 : 0, 1));
        var diagnostics = OffPolicyEvaluation.Evaluate(log, TargetPolicy.Uniform(log), Cancellation).Diagnostics;
        Assert.Null(diagnostics.CalibrationPValue);
        Assert.DoesNotContain(diagnostics.Warnings, warning => warning.Contains("more or less often", StringComparison.Ordinal));
    }

    /// <summary>A thousand decisions within a minute are not 20 million in two weeks.</summary>
    [Fact]
    public void A_busy_minute_is_no_pace_for_two_weeks()
    {
        var start = new DateTimeOffset(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);
        var log = Log(1_000, (n, _) => new($"i{n % 5}", n % 3 == 0 ? 1 : 0, 1) { Time = start.AddMilliseconds(60 * n) });
        Assert.Equal(14_000, OffPolicyEvaluation.Evaluate(log, TargetPolicy.Uniform(log), Cancellation).Diagnostics.NeededDecisions);
    }
}
