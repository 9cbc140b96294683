using Kindred.Reports.Charts;
using Kindred.Reports.Markup;

namespace Kindred.Reports.Sections;

/// <summary>What training minimized, step by step.</summary>
internal static class LearningSection
{
    public static Section? Of(Page page)
    {
        Entrant[] learners = [.. page.Entrants.Where(e => e.Model?.LearningCurve?.Any(p => double.IsFinite(p.Loss)) == true)];
        if (learners.Length == 0) return null;
        return new("learning", "Learning curves", html =>
        {
            html.Element("p", "The loss that training minimizes, after each epoch. "
                + "Losses of different trainers are on different scales.", ("class", "hint"));
            using (html.In("div", ("class", "charts")))
                foreach (var entrant in learners) Write(html, page, entrant);
        });
    }

    private static void Write(Html html, Page page, Entrant entrant)
    {
        var points = entrant.Model!.LearningCurve!;
        int first = points.Min(p => p.Step), last = points.Max(p => p.Step);
        double At(double step) => first == last ? .5 : (step - first) / (last - first);
        var line = new Line(entrant.Sign, [.. points.Select(p => new LinePoint(
            At(p.Step), p.Loss, double.NaN, double.NaN, $"{entrant.Name}, epoch {p.Step}: {Format.Number(p.Loss)}"))]);
        (double, string)[] ticks = [.. Axis.Of([first, last]).Ticks
            .Where(t => t >= first && t <= last && t == Math.Floor(t)).Prepend(first).Distinct()
            .Select(t => (At(t), Format.Count((long)t)))];
        using (html.In("figure"))
        {
            using (html.In("figcaption")) Legend.WriteName(html, page, entrant);
            string change = $"from {Format.Number(points[0].Loss)} to {Format.Number(points[^1].Loss)}";
            new LineChart($"{entrant.Name}: loss over {Format.Many(points.Count, "epoch")}, {change}", "epoch", ticks,
                Axis.Of(points.Select(p => p.Loss))).Draw(html, [line]);
        }
    }
}
