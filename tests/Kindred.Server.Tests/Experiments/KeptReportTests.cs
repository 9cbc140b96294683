using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Kindred.OnlineExperiments.Analysis;
using Kindred.Reports;
using Kindred.Server.Experiments;

namespace Kindred.ServerTests.Experiments;

/// <summary>Reports that were kept by other versions: pure, no store.</summary>
public sealed class KeptReportTests
{
    private static readonly JsonTypeInfo<OnlineExperimentReport> Type = ExperimentReports.Figures;

    private static readonly OnlineExperimentReport Report = new()
    {
        Experiment = new() { Name = "mine", Metrics = [new("clicks") { Source = "click" }] },
        Created = DateTimeOffset.UnixEpoch,
        Days = 14,
        Verdict = ExperimentVerdict.Ship,
        Summary = "Ship treatment.",
        Verdicts = [new("treatment", ExperimentVerdict.Ship, ["It is better."], null)],
        Health = [new("sample ratio", true, .4, "As planned."), new("units in several arms", true, double.NaN, "None.")],
        Arms = [new("control", 100, .5), new("treatment", 100, .5)],
        Results =
        [
            new("treatment", new("clicks"), MetricOutcome.Better)
            {
                Effect = new(1, 1.2, 200)
                {
                    Difference = .2, DifferenceError = .05, Lift = .2, LiftError = .05, Degrees = 190,
                },
                Lift = new(.1, double.PositiveInfinity, .001),
                Says = "Better.",
                ByDay = [new(1, 50, .1, -.1, .3), new(2, 100, .2, .1, .3)],
                Segments = [new("new", 40, .2, .1, .3, .01)],
            },
        ],
        Notes = ["A note."],
    };

    [Fact]
    public void What_this_version_keeps_it_reads_in_full()
    {
        string kept = KeptReport<OnlineExperimentReport>.Write(Report, Type);
        var read = KeptReport<OnlineExperimentReport>.Read("mine", kept, Type);
        Assert.Empty(read.Missing);
        Assert.Null(read.Note);
        Assert.Equal(kept, KeptReport<OnlineExperimentReport>.Write(read.Report, Type));
        Assert.Equal(OnlineExperimentPage.Of(Report), OnlineExperimentPage.Of(read.Report));
    }

    [Fact]
    public void One_without_a_version_is_read_too()
    {
        string bare = JsonNode.Parse(KeptReport<OnlineExperimentReport>.Write(Report, Type))!["report"]!.ToJsonString();
        var read = KeptReport<OnlineExperimentReport>.Read("mine", bare, Type);
        Assert.Equal((0, null, "Ship treatment."), (read.Version, read.Note, read.Report.Summary));
    }

    [Fact]
    public void What_an_older_one_does_not_have_is_named_and_the_rest_is_shown()
    {
        var read = Changed(report =>
        {
            report.AsObject().Remove("verdicts");
            report["results"]![0]!.AsObject().Remove("harmPValue");
            report["results"]![0]!["effect"]!.AsObject().Remove("degrees");
            report["results"]![0]!["outcome"] = "splendid"; // an outcome of then
            report["health"]![0]!.AsObject().Remove("says");
            report["winner"] = "treatment"; // a figure of then
        });
        Assert.Equal("This report was kept by an earlier version of Kindred; these figures are missing: health.says, "
            + "results.effect.degrees, results.harmPValue, results.outcome, verdicts.", read.Note);
        Assert.Equal((ExperimentVerdict.Ship, MetricOutcome.Unknown, 1.2),
            (read.Report.Verdict, read.Report.Results[0].Outcome, read.Report.Results[0].Effect!.Treatment));
        Assert.Contains("Ship treatment.", OnlineExperimentPage.Of(read.Report), StringComparison.Ordinal);
    }

    /// <summary>Whatever a version left out or wrote differently, the page of what is there can be drawn.</summary>
    [Fact]
    public void Every_figure_may_be_missing_or_of_another_kind()
    {
        foreach (string path in PathsIn(JsonNode.Parse(KeptReport<OnlineExperimentReport>.Write(Report, Type))!["report"]!, ""))
            foreach (bool isGone in (bool[])[true, false])
            {
                var read = Changed(report => Replace(report, path, isGone ? null : "?"));
                Assert.DoesNotContain("=\"NaN", OnlineExperimentPage.Of(read.Report), StringComparison.Ordinal);
            }
    }

    [Fact]
    public void Of_a_later_version_it_says_so()
    {
        var kept = JsonNode.Parse(KeptReport<OnlineExperimentReport>.Write(Report, Type))!;
        kept["version"] = 99;
        kept["report"]!.AsObject().Remove("arms");
        var read = KeptReport<OnlineExperimentReport>.Read("mine", kept.ToJsonString(), Type);
        Assert.Equal("This report was kept by a later version of Kindred; these figures are missing: arms.", read.Note);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"version":1}{""")]
    [InlineData("""{"version":"one","report":{}}""")]
    public void What_is_no_report_is_refused_in_a_sentence(string kept) =>
        Assert.Equal("The report that was kept of experiment 'mine' is damaged, and what it was made of is gone.",
            Assert.Throws<InputException>(() => KeptReport<OnlineExperimentReport>.Read("mine", kept, Type)).Message);

    [Fact]
    public void Votes_on_interleaved_lists_are_kept_likewise()
    {
        var type = ExperimentsJson.Default.InterleavingReport;
        var votes = new InterleavingReport("mine", "control", "treatment", 50, 20, 12, 8, .2, -.1, .5, .3, 100, null, "Undecided.");
        var kept = JsonNode.Parse(KeptReport<InterleavingReport>.Write(votes, type))!;
        Assert.Equal(votes, KeptReport<InterleavingReport>.Read("mine", kept.ToJsonString(), type).Report);
        kept["version"] = 0;
        kept["report"]!.AsObject().Remove("answers");
        var read = KeptReport<InterleavingReport>.Read("mine", kept.ToJsonString(), type);
        Assert.Equal((0, votes with { Answers = 0 }), (read.Version, read.Report));
        Assert.EndsWith("these figures are missing: answers.", read.Note, StringComparison.Ordinal);
    }

    private static KeptReport<OnlineExperimentReport> Changed(Action<JsonNode> change)
    {
        var kept = JsonNode.Parse(KeptReport<OnlineExperimentReport>.Write(Report, Type))!;
        kept["version"] = 0;
        change(kept["report"]!);
        return KeptReport<OnlineExperimentReport>.Read("mine", kept.ToJsonString(), Type);
    }

    private static IEnumerable<string> PathsIn(JsonNode node, string path) => node switch
    {
        JsonObject one => one.SelectMany(p => PathsIn(p.Value!, $"{path}/{p.Key}").Prepend($"{path}/{p.Key}")),
        JsonArray { Count: > 0 } all => PathsIn(all[0]!, $"{path}/0"),
        _ => [],
    };

    private static void Replace(JsonNode node, string path, JsonNode? value)
    {
        string[] steps = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        foreach (string step in steps[..^1]) node = node is JsonArray list ? list[int.Parse(step)]! : node[step]!;
        if (value is null) node.AsObject().Remove(steps[^1]);
        else node[steps[^1]] = value.DeepClone();
    }
}
