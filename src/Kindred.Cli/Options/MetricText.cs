using System.Globalization;
using Kindred.Evaluation.Metrics;
using Kindred.OnlineExperiments.Metrics;

namespace Kindred.Cli.Options;

/// <summary>A metric of an experiment as it is written on the command line: <c>ctr=clicks/views,margin=.02</c>.</summary>
internal static class MetricText
{
    public const string Form = "name, name=source or name=source/denominator, then options: "
        + "kind=mean|proportion, better=higher|lower, margin=.01, cap=500, cap-quantile=.999, from=7, to=14 (days after the first "
        + "exposure). "
        + "A source is the name of an event or a column; count:name counts its rows.";

    /// <exception cref="InputException">It is none.</exception>
    public static OnlineMetric Parse(string text, OnlineMetricRole role)
    {
        string[] parts = text.Split(',', StringSplitOptions.TrimEntries);
        int equals = parts[0].IndexOf('=', StringComparison.Ordinal);
        string name = (equals < 0 ? parts[0] : parts[0][..equals]).Trim(), source = equals < 0 ? name : parts[0][(equals + 1)..].Trim();
        int slash = source.IndexOf('/', StringComparison.Ordinal);
        var metric = new OnlineMetric(name)
        {
            Role = role,
            Source = slash < 0 ? source : source[..slash].Trim(),
            Denominator = slash < 0 ? null : source[(slash + 1)..].Trim(),
            Kind = slash < 0 ? OnlineMetricKind.Mean : OnlineMetricKind.Ratio,
        };
        foreach (string part in parts.Skip(1)) metric = With(metric, part, text);
        metric.Check();
        return metric;
    }

    private static OnlineMetric With(OnlineMetric metric, string part, string text)
    {
        string[] pair = part.Split('=', 2, StringSplitOptions.TrimEntries);
        if (pair.Length < 2) throw new InputException($"'{part}' in metric '{text}' is no option; write {Form}");
        double Number() => double.TryParse(pair[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number
            : throw new InputException($"{pair[0]} of metric '{text}' must be a number, was '{pair[1]}'.");
        return (pair[0], pair[1]) switch
        {
            ("kind", "mean") => metric with { Kind = OnlineMetricKind.Mean },
            ("kind", "proportion") => metric with { Kind = OnlineMetricKind.Proportion },
            ("better", "higher") => metric with { Better = MetricDirection.Higher },
            ("better", "lower") => metric with { Better = MetricDirection.Lower },
            ("margin", _) => metric with { Margin = Number() },
            ("cap", _) => metric with { Cap = Number() },
            ("cap-quantile", _) => metric with { CapQuantile = Number() },
            ("from", _) => metric with { FromDay = Number() },
            ("to", _) => metric with { ToDay = Number() },
            _ => throw new InputException($"'{part}' in metric '{text}' is not known; write {Form}"),
        };
    }
}
