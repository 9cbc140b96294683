using System.Globalization;

namespace Kindred.Reports.Markup;

/// <summary>How numbers are written: the same in every culture, a dash where there is none.</summary>
internal static class Format
{
    private const string None = "–";

    /// <summary>"100,004".</summary>
    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>"1 item", "2 items".</summary>
    public static string Many(long count, string what) => $"{Count(count)} {what}{(count == 1 ? "" : "s")}";

    /// <summary>Four decimals, without the zero before them: ".1234", "1.0000", "−.0012".</summary>
    public static string Metric(double value) => Signed(value, Math.Abs(value) < 1 ? ".0000" : "#,0.0000");

    /// <summary>".1180 to .1290".</summary>
    public static string Range(double low, double high) =>
        double.IsNaN(low) || double.IsNaN(high) ? None : $"{Metric(low)} to {Metric(high)}";

    /// <summary>"+.0012".</summary>
    public static string Difference(double value) => value > 0 ? $"+{Metric(value)}" : Metric(value);

    /// <summary>"12.3 %", "1.64 %".</summary>
    public static string Percent(double share) =>
        double.IsNaN(share) ? None : $"{Signed(100 * share, Math.Abs(share) >= .1 ? "0.0" : "0.00")} %";

    /// <summary>"+12.3 %".</summary>
    public static string Change(double share) =>
        !double.IsFinite(share) ? None : share > 0 ? $"+{Percent(share)}" : Percent(share);

    /// <summary>Two decimals: "1.25".</summary>
    public static string Size(double value) => Signed(value, "0.00");

    /// <summary>"&lt; .001", ".012".</summary>
    public static string Chance(double p) => p < .001 ? "< .001" : Signed(p, p < 1 ? ".000" : "0");

    /// <summary>"12 ms", "0.8 s", "12 s", "3 min 20 s".</summary>
    public static string Duration(double seconds) => seconds switch
    {
        double.NaN => None,
        < .0995 => $"{Signed(1000 * seconds, "0")} ms",
        < 9.95 => $"{Signed(seconds, "0.0")} s",
        < 119.5 => $"{Signed(seconds, "0")} s",
        _ => $"{Count((long)(seconds / 60))} min {Signed(Math.Floor(seconds % 60), "0")} s",
    };

    /// <summary>Any number, in as few characters as tell it: "1.23E+9", ".25", "12,500".</summary>
    public static string Number(double value) => Math.Abs(value) switch
    {
        double.NaN => None,
        0 => "0",
        >= 1e7 or < 1e-4 => Signed(value, "0.##E+0"),
        >= 1000 => Signed(value, "#,0.#"),
        >= 1 => Signed(value, "0.####"),
        _ => Signed(value, ".####"),
    };

    /// <summary>"2015-06-30".</summary>
    public static string Date(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>"2015-06-30 12:00 UTC".</summary>
    public static string Moment(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>For coordinates: at most two decimals, never an exponent.</summary>
    public static string Coordinate(double value) => (Math.Round(value, 2) + 0.0).ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>With a minus sign instead of a hyphen.</summary>
    private static string Signed(double value, string format) =>
        double.IsNaN(value) ? None
        : double.IsInfinity(value) ? value > 0 ? "∞" : "−∞"
        : value.ToString(format, CultureInfo.InvariantCulture).Replace('-', '−');
}
