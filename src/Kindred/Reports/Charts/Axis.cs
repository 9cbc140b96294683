using System.Globalization;
using Kindred.Reports.Markup;

namespace Kindred.Reports.Charts;

/// <summary>A range of values, widened to round numbers, and the round numbers in it.</summary>
/// <param name="Ticks">Ascending, equally far apart, the ends among them.</param>
internal sealed record Axis(double Low, double High, IReadOnlyList<double> Ticks)
{
    private const double Widest = 1e300;

    private int Decimals { get; init; }

    /// <summary>Labels are shares of a hundred.</summary>
    public bool IsPercent { get; init; }

    /// <summary>Equal distances are equal ratios.</summary>
    private bool IsLogarithmic { get; init; }

    /// <summary>Steps are 1, 2 or 5 times a power of ten.</summary>
    /// <param name="values">Those that are not finite are left out.</param>
    /// <param name="steps">About how many, ≥ 1.</param>
    public static Axis Of(IEnumerable<double> values, int steps = 4)
    {
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        foreach (double value in values)
            if (Math.Abs(value) <= Widest) (low, high) = (Math.Min(low, value), Math.Max(high, value));
        if (low > high) (low, high) = (0, 1);
        // Rounding errors of equal values are no range.
        double widest = Math.Max(Math.Abs(low), Math.Abs(high));
        if (high - low <= 1e-9 * widest || high == low) (low, high) = widest == 0 ? (0, 1) : (low - (.1 * widest), high + (.1 * widest));

        double rough = (high - low) / steps, power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = power * ((rough / power) switch { < 1.5 => 1, < 3.5 => 2, < 7.5 => 5, _ => 10 });
        double first = Math.Floor((low / step) + 1e-9), last = Math.Max(first + 1, Math.Ceiling((high / step) - 1e-9));
        double[] ticks = [.. Enumerable.Range(0, (int)(last - first) + 1).Select(n => (first + n) * step)];
        return new(ticks[0], ticks[^1], ticks) { Decimals = Math.Max(0, -(int)Math.Floor(Math.Log10(step) + 1e-9)) };
    }

    /// <summary>
    /// Equal distances are equal ratios: the ticks are 1, 2 and 5 times powers of ten, or where those are many, powers of ten alone.
    /// </summary>
    /// <param name="values">Those that are not finite, or not above 0, are left out.</param>
    /// <param name="most">Ticks, about.</param>
    public static Axis LogarithmicOf(IEnumerable<double> values, int most = 8)
    {
        double[] known = [.. values.Where(value => value is > 0 and <= Widest)];
        if (known.Length == 0) known = [1, 10];
        const double Slack = 1e-9;
        int first = (int)Math.Floor(Math.Log10(known.Min())), last = (int)Math.Ceiling(Math.Log10(known.Max()));
        double[] Between(params double[] mantissas)
        {
            double[] all = [.. Enumerable.Range(first, last - first + 2)
                .SelectMany(power => mantissas.Select(mantissa => mantissa * Math.Pow(10, power)))];
            int low = Array.FindLastIndex(all, tick => tick <= known.Min() * (1 + Slack)),
                high = Array.FindIndex(all, tick => tick >= known.Max() * (1 - Slack));
            return all[low..(Math.Max(high, low + 1) + 1)];
        }
        double[] ticks = Between(1, 2, 5);
        if (ticks.Length > most) ticks = Between(1);
        return new(ticks[0], ticks[^1], ticks) { IsLogarithmic = true };
    }

    /// <returns>Where the value is between two coordinates.</returns>
    public double At(double value, double from, double to) =>
        from + ((IsLogarithmic ? Math.Log(value / Low) / Math.Log(High / Low) : (value - Low) / (High - Low)) * (to - from));

    /// <returns>With as many decimals as the steps have: "0", ".05", "2,000".</returns>
    public string Label(double tick)
    {
        if (IsPercent) return PercentLabel(tick);
        if (IsLogarithmic) return Format.Number(tick);
        if (Math.Abs(tick) < 1e-9 * (High - Low)) return "0";
        if (Math.Abs(tick) >= 1e7 || Decimals > 6) return Format.Number(tick);
        string whole = Math.Abs(tick) < 1 ? "" : "#,0", decimals = Decimals == 0 ? "" : "." + new string('0', Decimals);
        return tick.ToString(whole + decimals, CultureInfo.InvariantCulture).Replace('-', '−');
    }

    /// <returns>As shares of a hundred: "0", "5 %", "2.5 %".</returns>
    public string PercentLabel(double tick) =>
        Math.Abs(tick) < 1e-9 * (High - Low) ? "0"
        : $"{(100 * tick).ToString($"F{Math.Max(0, Decimals - 2)}", CultureInfo.InvariantCulture).Replace('-', '−')} %";
}
