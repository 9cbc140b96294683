using Kindred.Data;
using Kindred.Models;
using Kindred.Reports;
using Kindred.Server.Renewal.Readiness;

namespace Kindred.Benchmarks;

/// <summary>The doctor's learning curves of a data folder, as a drawing: what `kindred demo --from-zero` shows on a terminal.</summary>
internal static class FromZeroBenchmark
{
    private const string Gain = "points of NDCG@10 over popularity", Events = "thousand events";

    private static readonly string[] Models = ["item-knn", "implicit-als"];

    /// <param name="args">The data folder, and the SVG file to write.</param>
    public static int Run(string[] args)
    {
        if (args is not [var folder, var image])
        {
            Console.Error.WriteLine("usage: from-zero <data folder> <image.svg>");
            return 2;
        }
        using var data = DataFolder.Open(folder);
        var report = Doctor.Examine(
            new(data.Interactions, 0, 0, 0), TrainerCatalog.Default, DateTimeOffset.UtcNow, new(), _ => { },
            TimeSpan.FromMinutes(5), Models);
        using var output = new StreamWriter(image);
        TradeOffReport.WriteImage(Gain,
        [
            .. report.Models.Where(model => model.Curve.Count > 1).SelectMany(model => new[]
            {
                Curve($"{model.Model}, measured", [.. model.Curve.Select(point => (point.Events, point.Gain))]),
                Curve($"{model.Model}, fitted", Fitted(model, report.Events)),
            }),
        ], output);
        foreach (var model in report.Models)
            Console.WriteLine($"{model.Model}: {string.Join(", ", model.Curve.Select(point => $"{point.Events} {point.Gain:F4}"))}");
        return 0;
    }

    private static (int, double)[] Fitted(ModelReadiness model, int events)
    {
        const int Places = 12;
        var curve = GrowthCurve.Fit([.. model.Curve.Select(point => ((double)point.Events, point.Gain))]);
        int first = model.Curve[0].Events;
        return [.. Enumerable.Range(0, Places).Select(n => first + ((events - first) * n / (Places - 1))).Select(n => (n, curve.At(n)))];
    }

    private static TradeOffCurve Curve(string name, (int Events, double Gain)[] points) => new(name,
        [.. points.Select(point => new TradeOffPoint(
            $"{point.Events} events", new Dictionary<string, double> { [Gain] = 100 * point.Gain, [Events] = point.Events / 1000.0 }))]);
}
