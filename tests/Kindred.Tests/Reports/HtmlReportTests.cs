using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using CsCheck;
using Kindred.Comparison;
using Kindred.Evaluation;
using Kindred.Reports;
using Kindred.Reports.Markup;
using Kindred.Storage;

namespace Kindred.Tests.Reports;

public sealed partial class HtmlReportTests
{
    private const string Nasty = "<b>&\"'></title></style><script>alert(1)</script>]]>-->";

    private static string[] Names(int count) => [.. Enumerable.Range(0, count).Select(n => $"model-{n}:dimensions={n}")];

    [Fact]
    public void Everything_that_the_report_says_is_on_the_page()
    {
        var report = Reports.Of(Names(3));
        string said = XDocument.Parse(HtmlReport.Of(report)).Root!.Value;
        string[] expected =
        [
            "data text", "fingerprint text", "kindred evaluate text", "2020-01-02 03:04 UTC", "protocol text", "fallback text",
            "advice text",
            "warning text",
            "trainer text", "option text = \"value text\"", .. Names(3), .. Reports.Metrics, "Coverage@10", "coverage text",
            .. Reports.Metrics.Select(m => $"definition of {m} text"), "warm text", "cold text", "first text", "second text", "items text",
            "head text",
            "use text", "reason text", "1,234", "567", "1,801", "0.37", "1,000 bootstrap resamples", "seed 11", "1970-01-01 to 1970-01-04",
            "~ yes, but",
            .. report.Leaderboard.Standings.Select(s => s.AgainstBaseline?.Verdict).OfType<string>(),
        ];
        foreach (string text in expected) Assert.Contains(text, said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_choice_and_what_the_test_part_says_of_it_are_on_one_page()
    {
        var test = Reports.Of(["a", "b"]) with { Protocol = "the test part's protocol" };
        var report = Reports.Of(["a", "b", "c"]) with { Confirmation = new("popular text", "the confirmed advice", test) };
        var page = XDocument.Parse(HtmlReport.Of(report));
        var section = page.Descendants("section").First();
        Assert.Equal("confirmation", section.Attribute("id")!.Value);
        Assert.Contains("the test part's protocol", section.Value, StringComparison.Ordinal);
        Assert.Equal(2 + 1, section.Descendants("tr").Count());
        foreach (var standing in test.Leaderboard.Standings)
        {
            var estimate = standing.Report.Segments[0].Estimates.First(e => e.Metric == test.Leaderboard.Metric);
            Assert.Contains(estimate.Mean.ToString(".0000", CultureInfo.InvariantCulture), section.Value, StringComparison.Ordinal);
        }
        Assert.Equal("the confirmed advice", page.Descendants("p").Single(p => p.Attribute("class")?.Value == "advice").Value);
        // what the validation part chose and the test part did not confirm is not to be used
        Assert.DoesNotContain("✓ use this",
            page.Descendants("section").Single(s => s.Attribute("id")!.Value == "leaderboard").Value, StringComparison.Ordinal);
        Assert.DoesNotContain(
            XDocument.Parse(HtmlReport.Of(report with { Confirmation = null })).Descendants("section"),
            s => s.Attribute("id")!.Value == "confirmation");
    }

    [Fact]
    public void Every_mean_and_interval_is_on_the_page()
    {
        var report = Reports.Of(Names(2));
        string said = XDocument.Parse(HtmlReport.Of(report)).Root!.Value;
        var estimates = report.Leaderboard.Standings.SelectMany(s => s.Report.Segments).SelectMany(s => s.Estimates);
        foreach (var e in estimates)
        {
            Assert.Contains(e.Mean.ToString(".0000", CultureInfo.InvariantCulture), said, StringComparison.Ordinal);
            Assert.Contains(FormattableString.Invariant($"{e.Low:.0000} to {e.High:.0000}"), said, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Texts_stay_texts_whatever_they_hold()
    {
        static IEnumerable<string> TagsOf(XDocument page) => // a place to break a line is not a part of the page
            page.Descendants().Select(e => e.Name.LocalName).Where(tag => tag != "wbr").Distinct().Order();
        var plain = TagsOf(XDocument.Parse(HtmlReport.Of(Reports.Of(["a", "b"])))).ToArray();
        string[] known = [Nasty, "\0\u0001\u001f\ufffe", "\ud800x\udc00", "𝄞é", ""];
        var texts = Gen.OneOf(Gen.Char.Array[0, 30].Select(chars => new string(chars)), Gen.Int[0, known.Length - 1].Select(n => known[n]));
        texts.Sample(text =>
        {
            string[] names = [$"a{text}", $"b{text}"];
            var page = XDocument.Parse(HtmlReport.Of(Reports.Of(names, text: text)));
            Assert.Equal(plain, TagsOf(page));
        }, iter: 50);
        string said = XDocument.Parse(HtmlReport.Of(Reports.Of([$"a {Nasty}", "b"], text: Nasty))).Root!.Value;
        foreach (string text in (string[])[$"data {Nasty}", $"a {Nasty}", $"warning {Nasty}", $"kindred evaluate {Nasty}",
            $"reason {Nasty}"])
            Assert.Contains(text, said, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_asks_for_nothing_and_runs_nothing()
    {
        string html = HtmlReport.Of(Reports.Of(Names(12)));
        Assert.DoesNotMatch(External, html);
        Assert.DoesNotContain(XDocument.Parse(html).Descendants(), e => e.Name.LocalName is "script" or "link" or "img" or "iframe");
        Assert.Empty(XDocument.Parse(html).Descendants("style").Elements());
    }

    [Fact]
    public void The_same_report_makes_the_same_bytes_also_from_a_file()
    {
        var report = Reports.Of(Names(4));
        string once = HtmlReport.Of(report);
        Assert.Equal(once, HtmlReport.Of(report));
        Assert.Equal(once, HtmlReport.Of(
            JsonSerializer.Deserialize<ExperimentReport>(JsonSerializer.Serialize(report, SealedFolder.Json), SealedFolder.Json)!));
        Assert.DoesNotContain("\r", once, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, double.NaN), InlineData(2, double.NaN), InlineData(2, 0), InlineData(3, 1), InlineData(12, .25), InlineData(2, -1)]
    [InlineData(2, 1e12), InlineData(2, double.PositiveInfinity)]
    public void Values_that_are_all_equal_or_none_at_all_make_a_page(int models, double value)
    {
        var page = XDocument.Parse(HtmlReport.Of(Reports.Of(Names(models), _ => value)));
        foreach (var attribute in page.Descendants("svg").SelectMany(svg => svg.DescendantsAndSelf()).Attributes())
        {
            if (attribute.Name.LocalName is "x" or "y" or "x1" or "x2" or "y1" or "y2" or "width" or "height")
                Assert.True(Math.Abs(double.Parse(attribute.Value, CultureInfo.InvariantCulture)) < 5000, $"{attribute}");
            if (attribute.Name.LocalName == "d") Assert.Matches(PathData, attribute.Value);
        }
        Assert.Equal(models > 1, page.Descendants("section").Any(s => (string?)s.Attribute("id") == "verdicts"));
    }

    [Fact]
    public void What_was_not_measured_has_no_section()
    {
        var full = Reports.Of(Names(1));
        var bare = full.Leaderboard.Standings[0].Report with
        {
            Segments = [new("", "all", 1, [new("NDCG@10", .5, .5, .5, 1)])],
            Catalog = [],
            Distributions = [],
            Popularity = [],
            Warnings = [],
            Definitions = [],
        };
        var report = full with
        {
            Backtest = null,
            Profile = null,
            Fingerprint = null,
            Command = null,
            Fallback = null,
            Models = [],
            Leaderboard = full.Leaderboard with { Standings = [new(bare, null)] },
        };
        var page = XDocument.Parse(HtmlReport.Of(report));
        Assert.Equal(
            ["leaderboard", "metrics", "definitions", "reproduce"], page.Descendants("section").Select(s => s.Attribute("id")!.Value));
        Assert.Empty(page.Descendants("aside"));
        Assert.Contains("Each model alone", page.Root!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void A_page_can_be_read_without_seeing_it()
    {
        var page = XDocument.Parse(HtmlReport.Of(Reports.Of(Names(3))));
        foreach (var svg in page.Descendants("svg"))
            Assert.True(svg.Attribute("aria-hidden") is not null
                || (string?)svg.Attribute("role") == "img" && svg.Attribute("aria-label")!.Value.Length > 5);
        foreach (var box in page.Descendants().Where(e => (string?)e.Attribute("class") == "scroll"))
            Assert.Equal(("0", true), ((string?)box.Attribute("tabindex"), box.Attribute("aria-label")?.Value.Length > 0));
        string[] ids = [.. page.Descendants().Attributes("id").Select(a => a.Value)];
        Assert.Equal(ids.Distinct(), ids);
        Assert.All(page.Descendants("a"), a => Assert.Contains(a.Attribute("href")!.Value[1..], ids));
        Assert.Single(page.Descendants("h1"));
    }

    [Fact]
    public void Models_differ_by_color_or_by_shape_and_the_baseline_is_gray()
    {
        ModelMarker[] signs = [.. Enumerable.Range(-1, 40).Select(place => new ModelMarker("", place))];
        Assert.Equal(40, signs.Select(s => (s.Class, string.Join(' ', s.Outline))).Distinct().Count());
        Assert.Equal("baseline", signs[0].Class);
    }

    [Fact]
    public void An_empty_leaderboard_is_refused()
    {
        var report = Reports.Of(Names(1));
        var empty = report with { Leaderboard = report.Leaderboard with { Standings = [] } };
        Assert.Throws<ArgumentException>(() => HtmlReport.Of(empty));
    }

    [GeneratedRegex("https?:|//|url\\(|@import|src=")]
    private static partial Regex External { get; }

    [GeneratedRegex("^([ML]-?[\\d.]+ -?[\\d.]+)+Z?$")]
    private static partial Regex PathData { get; }
}
