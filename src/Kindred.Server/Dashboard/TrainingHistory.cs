using Kindred.Models;
using Kindred.Reports.Charts;
using Kindred.Reports.Markup;
using Kindred.Server.Renewal;
using Kindred.Server.Renewal.Gate;

namespace Kindred.Server.Dashboard;

/// <summary>How a snapshot's model came to be: which models it was chosen from, and how its loss fell.</summary>
internal static class TrainingHistory
{
    public static void Write(PageWriter page, Promotion promotion)
    {
        if (promotion.Compared.Count > 0) WriteCompared(page, promotion);
        if (promotion.LearningCurve.Where(point => double.IsFinite(point.Loss)).ToList() is { Count: > 1 } points)
            WriteCurve(page, promotion, points);
    }

    private static void WriteCompared(PageWriter page, Promotion promotion)
    {
        using (page.Html.In("details"))
        {
            page.Html.Element("summary", $"{Format.Many(promotion.Compared.Count, "model")} were compared");
            page.Table(
                $"Models compared for {promotion.Snapshot}", promotion.Compared, "",
                ["model", $" {promotion.Compared[0].Metric}", " difference to popularity"], compared =>
                {
                    page.RowTitle(compared.Name);
                    page.Html.Number(Format.Metric(compared.Value));
                    page.Html.Estimate(
                        compared.Difference is { } difference ? Format.Difference(difference) : "–",
                        compared is { Low: { } low, High: { } high } ? Format.Range(low, high) : null);
                });
        }
    }

    private static void WriteCurve(PageWriter page, Promotion promotion, List<LearningPoint> points)
    {
        int first = points[0].Step, last = points[^1].Step;
        double At(int step) => (double)(step - first) / Math.Max(1, last - first);
        string label = $"Loss of {promotion.Snapshot} over {Format.Many(points.Count, "epoch")}, "
            + $"from {Format.Number(points[0].Loss)} to {Format.Number(points[^1].Loss)}";
        using (page.Html.In("details"))
        {
            page.Html.Element("summary", "Learning curve");
            using (page.Html.In("figure"))
                new LineChart(label, "epoch", [(0, $"{first}"), (1, $"{last}")], Axis.Of(points.Select(point => point.Loss)))
                    .Draw(page.Html, [new(new(promotion.Model, 0), [.. points.Select(point => new LinePoint(
                        At(point.Step), point.Loss, double.NaN, double.NaN, $"epoch {point.Step}: {Format.Number(point.Loss)}"))])]);
        }
    }
}
