using CsCheck;
using Kindred.OnlineExperiments;
using Kindred.OnlineExperiments.Assignment;

namespace Kindred.Tests.OnlineExperiments;

public sealed class AssignerTests
{
    private static readonly OnlineExperiment Plain = new() { Name = "ranker" };

    private static readonly string[] Units = [.. Enumerable.Range(0, 5_000).Select(n => $"u{n}")];

    [Fact]
    public void A_ramp_moves_nobody() => Gen.Select(Gen.Double[0, 1], Gen.Double[0, 1], Gen.Double[.1, 5], Gen.Enum<UnitHash>())
        .Sample((a, b, weight, hash) =>
    {
        var experiment = Plain with { Arms = [new("a"), new("b") { Weight = weight }, new("c") { Weight = 2 }], Hash = hash };
        var small = new ExperimentAssigner([experiment with { Traffic = Math.Min(a, b) }]);
        var large = new ExperimentAssigner([experiment with { Traffic = Math.Max(a, b) }]);
        return Units.Take(300).All(unit =>
            small.Assign("ranker", unit) is { Arm: null } || small.Assign("ranker", unit) == large.Assign("ranker", unit));
    }, iter: 50);

    [Fact]
    public void Arms_get_what_their_weights_say()
    {
        var assigner = new ExperimentAssigner([Plain with { Arms = [new("a"), new("b") { Weight = 3 }], Traffic = .4 }]);
        var counts = Units.CountBy(unit => assigner.Assign("ranker", unit).Arm ?? "none").ToDictionary();
        Assert.InRange(counts["a"], 430, 570);
        Assert.InRange(counts["b"], 1_390, 1_610);
        Assert.InRange(counts["none"], 2_860, 3_140);
    }

    [Fact]
    public void Experiments_of_one_layer_share_no_unit_and_those_of_two_do()
    {
        OnlineExperiment first = Plain with { Layer = new("home", 0, .5) }, second = Plain with { Name = "b", Layer = new("home", .5, 1) },
            other = Plain with { Name = "c", Layer = new("mail", .5, 1) };
        var assigner = new ExperimentAssigner([first, second, other]);
        Assert.All(Units, unit => Assert.True(assigner.Assign("ranker", unit).Arm is null != assigner.Assign("b", unit).Arm is null));
        Assert.InRange(Units.Count(unit => assigner.Assign("b", unit).Arm is not null && assigner.Assign("c", unit).Arm is not null),
            1_100, 1_400);
        var overlap = Assert.Throws<InputException>(() => new ExperimentAssigner([first, second with { Layer = new("home", .4, 1) }]));
        Assert.Contains("'ranker' and 'b' overlap in layer 'home'", overlap.Message);
    }

    [Fact]
    public void The_holdout_is_in_no_experiment_and_testers_are_where_they_were_put()
    {
        var experiment = Plain with { Forced = new Dictionary<string, string> { ["u7"] = "treatment" } };
        var assigner = new ExperimentAssigner([experiment, experiment with { Name = "b" }], new GlobalHoldout("2026-4", .05));
        string[] held = [.. Units.Where(unit => assigner.Assign("ranker", unit).Reason == AssignmentReason.Holdout)];
        Assert.InRange(held.Length, 190, 310);
        Assert.All(held, unit => Assert.Equal(AssignmentReason.Holdout, assigner.Assign("b", unit).Reason));
        Assert.Equal(new("treatment", AssignmentReason.Forced), new ExperimentAssigner([experiment], new("all", 1)).Assign("ranker", "u7"));
    }

    [Fact]
    public void A_condition_is_written_as_rules_are()
    {
        static AttributeRow From(string user, string country) =>
            new(user) { Labels = new Dictionary<string, IReadOnlyList<string>> { ["country"] = [country] } };
        var data = Interactions.FromEvents([("de1", "i"), ("fr1", "i")], e => e).WithUserAttributes([From("de1", "DE"), From("fr1", "FR")]);
        var assigner = new ExperimentAssigner([Plain with { Eligibility = "user.country = 'DE'" }], data: data);
        Assert.Equal(AssignmentReason.Assigned, assigner.Assign("ranker", "de1").Reason);
        Assert.Equal(AssignmentReason.NotEligible, assigner.Assign("ranker", "fr1").Reason);
        Assert.Equal(AssignmentReason.NotEligible, assigner.Assign("ranker", "unknown").Reason);
        var items = Assert.Throws<InputException>(() => new ExperimentAssigner([Plain with { Eligibility = "item.id = 'i'" }], data: data));
        Assert.Contains("asks for items", items.Message);
        Assert.Throws<InputException>(() => new ExperimentAssigner([Plain with { Eligibility = "user.contry = 'DE'" }], data: data));
        Assert.Throws<InputException>(() => new ExperimentAssigner([Plain with { Eligibility = "user.country = 'DE'" }]));
    }

    public static TheoryData<OnlineExperiment, string> Unusable => new()
    {
        { Plain with { Name = "" }, "no name" },
        { Plain with { Arms = [new("a")] }, "two arms" },
        { Plain with { Arms = [new("a"), new("a")] }, "two arms named 'a'" },
        { Plain with { Arms = [new("a") { Weight = 0 }, new("b")] }, "control no traffic" },
        { Plain with { Traffic = 1.1 }, "traffic must be" },
        { Plain with { Layer = new("l", .5, .5) }, "within 0 to 1" },
        { Plain with { Forced = new Dictionary<string, string> { ["u"] = "x" } }, "arm 'x'" },
        { Plain with { Metrics = [new("m"), new("m")] }, "two metrics named 'm'" },
        { Plain with { Metrics = [new("m") { Kind = Kindred.OnlineExperiments.Metrics.OnlineMetricKind.Ratio }] },
            "without a denominator" },
        { Plain with { Metrics = [new("m") { FromDay = 7, ToDay = 7 }] }, "must be later" },
        { Plain with { Metrics = [new("m") { Cap = 1, CapQuantile = .99 }] }, "two caps" },
        { Plain with { Design = new() { Alpha = 0 } }, "alpha must be" },
    };

    [Theory, MemberData(nameof(Unusable))]
    public void What_cannot_be_used_is_refused_in_a_sentence(OnlineExperiment experiment, string says) =>
        Assert.Contains(says, Assert.Throws<InputException>(() => new ExperimentAssigner([experiment])).Message);
}
