using System.Xml.Linq;
using Kindred.Reports;

namespace Kindred.Tests.Reports;

public sealed class TradeOffReportTests
{
    private static readonly TradeOffCurve[] Curves =
    [
        new("as it is", [Point("–", .25, .5, 100)]),
        new("MMR <b>", [Point("λ = 0.9", .24, .6, 90), Point("λ = 0.5", .20, .8, 60)]),
        new("penalty", [Point("α = 1", .1, .55, 20)]),
    ];

    private static TradeOffPoint Point(string setting, double accuracy, double variety, double popularity) =>
        new(setting, new Dictionary<string, double> { ["NDCG@10"] = accuracy, ["Diversity@10"] = variety, ["ARP@10"] = popularity });

    [Fact]
    public void The_page_has_a_drawing_for_each_metric_and_a_row_for_each_setting()
    {
        using var text = new StringWriter();
        TradeOffReport.Write("What it costs", "protocol text", "NDCG@10", Curves, text);
        var page = XDocument.Parse(text.ToString()).Root!;
        Assert.Equal(["NDCG@10 by Diversity@10", "NDCG@10 by ARP@10"], page.Descendants("figcaption").Select(e => e.Value));
        Assert.Equal(2, page.Descendants("figure").Count(figure => figure.Elements("svg").Count() == 1));
        Assert.Equal(
            ["as it is–.2500.5000100.0000", "MMR <b>λ = 0.9.2400.600090.0000", "MMR <b>λ = 0.5.2000.800060.0000",
                "penaltyα = 1.1000.550020.0000"],
            page.Descendants("tbody").Single().Elements("tr").Select(row => row.Value));
        Assert.Contains("protocol text", page.Value, StringComparison.Ordinal);
    }

    /// <summary>Four signs and four points a drawing: one of the start, two and one of the methods; a legend of three.</summary>
    [Fact]
    public void The_image_stands_alone()
    {
        using var text = new StringWriter();
        TradeOffReport.WriteImage("NDCG@10", Curves, text);
        var image = XDocument.Parse(text.ToString()).Root!;
        XNamespace svg = "http://www.w3.org/2000/svg";
        Assert.Equal(svg + "svg", image.Name);
        Assert.Equal(3 + (2 * 4), image.Descendants(svg + "path")
            .Count(path => path.Attribute("class")!.Value.StartsWith("sign", StringComparison.Ordinal)));
        Assert.Contains("--m0", image.Element(svg + "style")!.Value, StringComparison.Ordinal);
        foreach (var curve in Curves) Assert.Contains(image.Descendants(svg + "text"), label => label.Value == curve.Name);
    }

    [Fact]
    public void Curves_without_points_are_refused()
    {
        Assert.Throws<ArgumentException>(() => TradeOffReport.WriteImage("NDCG@10", [], TextWriter.Null));
        Assert.Throws<ArgumentException>(() => TradeOffReport.Write("t", "p", "NDCG@10", [new("x", [])], TextWriter.Null));
    }
}
