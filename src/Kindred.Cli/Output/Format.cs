using Kindred.Evaluation;

namespace Kindred.Cli.Output;

/// <summary>How numbers are written.</summary>
internal static class Format
{
    /// <returns>The text in lines of at most that many characters, broken between words.</returns>
    public static IEnumerable<string> Wrapped(string text, int width)
    {
        string line = "";
        foreach (string word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = "";
            }
            line = line.Length == 0 ? word : $"{line} {word}";
        }
        yield return line;
    }

    /// <summary>"100,004".</summary>
    public static string Count(long count) => count.ToString("N0");

    /// <summary>"1 item", "2 items".</summary>
    public static string Many(long count, string what) => $"{Count(count)} {what}{(count == 1 ? "" : "s")}";

    /// <summary>"10 events of 3 users on 5 items".</summary>
    public static string Size(Interactions interactions) =>
        $"{Many(interactions.Histories.Count, "event")} of {Many(interactions.Users.Count, "user")} "
        + $"on {Many(interactions.Items.Count, "item")}";

    /// <summary>A number from 0 to 1 with four decimals: ".1234".</summary>
    public static string Metric(double value) => value.ToString(value < 1 ? ".0000" : "0.0000");

    /// <summary>".1234 [.1180, .1290]".</summary>
    public static string Interval(Estimate estimate) => $"{Metric(estimate.Mean)} [{Metric(estimate.Low)}, {Metric(estimate.High)}]";

    /// <summary>Three significant digits of a share: "12.3 %", "1.64 %".</summary>
    public static string Percent(double share) => $"{(100 * share).ToString(share >= .1 ? "0.0" : "0.00")} %";

    /// <summary>"12 ms", "0.8 s", "12 s", "3 min 20 s".</summary>
    public static string Duration(TimeSpan time) =>
        time.TotalSeconds < .0995 ? $"{time.TotalMilliseconds:0} ms"
        : time.TotalSeconds < 9.95 ? $"{time.TotalSeconds:0.0} s"
        : time.TotalSeconds < 119.5 ? $"{time.TotalSeconds:0} s"
        : $"{(int)time.TotalMinutes} min {time.Seconds} s";

    public static string Loss(double loss) => Math.Abs(loss) >= 1000 ? loss.ToString("N0") : loss.ToString("G4");

    public static string Score(float score) => score.ToString(MathF.Abs(score) >= 1000 ? "0" : "0.0000");

    public static string Date(DateTimeOffset time) => time.ToString("yyyy-MM-dd");
}
