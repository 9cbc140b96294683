using System.Globalization;
using System.IO.Compression;
using Kindred.Numerics;
using Kindred.OffPolicy;
using Kindred.Tests.Support;

namespace Kindred.Tests.OffPolicy;

/// <summary>
/// The small sample of the Open Bandit Dataset: logs of a uniform and of a Thompson-sampling policy over the same weeks. Y. Saito, S.
/// Aihara,
/// M. Matsutani, Y. Narita, "Open Bandit Dataset and Pipeline", NeurIPS 2021.
/// </summary>
public sealed class OpenBanditTests
{
    [Fact]
    public void Men_uniform_to_thompson()
    {
        var report = Evaluate("random", "men", log => Thompson(log, MenClicks, MenSkips));
        Assert.Equal((10_000, .0046), (report.Decisions, report.Logged.Value));
        AssertEstimate(report, "IPS", .00456, .00118);
        AssertEstimate(report, "SNIPS", .00463, .00120);
        AssertDiagnostics(report, meanWeight: .984, effective: 2_484, largest: 10.7);
        Assert.StartsWith("Not answerable: one decision alone makes 16 %", report.Verdict, StringComparison.Ordinal); // of 46 clicks
        // what the policy earned in its own log, .0069, is within the interval of the doubly robust estimate
        Assert.InRange(.0069, report.Best.Low, report.Best.High);
    }

    [Fact]
    public void Women_uniform_to_thompson()
    {
        var report = Evaluate("random", "women", log => Thompson(log, WomenClicks, WomenSkips));
        AssertEstimate(report, "IPS", .00679, .00187);
        AssertEstimate(report, "SNIPS", .00678, .00187);
        AssertDiagnostics(report, meanWeight: 1.001, effective: 1_963, largest: 12.5);
        Assert.StartsWith("Not answerable: one decision alone makes 15 %", report.Verdict, StringComparison.Ordinal); // of 46 clicks
    }

    [Fact]
    public void Men_thompson_to_uniform()
    {
        var report = Evaluate("bts", "men", TargetPolicy.Uniform);
        Assert.Equal(.0069, report.Logged.Value, 1e-12);
        Assert.Equal(.00301, report.Estimates.Single(e => e.Estimator == "IPS").Value, 1e-5);
        Assert.Equal(.00319, report.Estimates.Single(e => e.Estimator == "SNIPS").Value, 1e-5);
        Assert.Equal((.943, 656.0, 178.0), (Math.Round(report.Diagnostics.MeanWeight, 3),
            Math.Round(report.Diagnostics.EffectiveSampleSize), Math.Round(report.Diagnostics.LargestWeight)));
    }

    [Fact]
    public void Women_thompson_to_uniform_is_refused()
    {
        var report = Evaluate("bts", "women", TargetPolicy.Uniform);
        Assert.Equal(.00744, report.Estimates.Single(e => e.Estimator == "IPS").Value, 1e-5);
        Assert.Equal((3.13, 2.0, 21_739.0), (Math.Round(report.Diagnostics.MeanWeight, 2),
            Math.Round(report.Diagnostics.EffectiveSampleSize), Math.Round(report.Diagnostics.LargestWeight)));
        Assert.False(report.IsAnswerable);
        Assert.StartsWith("Not answerable: its effective sample size is 2.", report.Verdict, StringComparison.Ordinal);
        Assert.NotNull(report.Diagnostics.NeededExploration);
    }

    // the policy's probabilities come from draws, the published ones as these: both vary by about 1 %
    private static void AssertEstimate(OffPolicyReport report, string name, double value, double error)
    {
        var estimate = report.Estimates.Single(e => e.Estimator == name);
        Assert.InRange(estimate.Value, .985 * value, 1.015 * value);
        Assert.InRange(estimate.StandardError, .98 * error, 1.02 * error);
    }

    private static void AssertDiagnostics(OffPolicyReport report, double meanWeight, double effective, double largest)
    {
        Assert.InRange(report.Diagnostics.MeanWeight, meanWeight - .005, meanWeight + .005);
        Assert.InRange(report.Diagnostics.EffectiveSampleSize, .98 * effective, 1.02 * effective);
        Assert.InRange(report.Diagnostics.LargestWeight, .98 * largest, 1.02 * largest);
    }

    private static OffPolicyReport Evaluate(string logging, string campaign, Func<BanditLog, TargetPolicy> policy)
    {
        string path = Path.Combine(RealData.Folder("open-bandit"), logging, campaign, $"{campaign}.csv.gz");
        using var text = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        string[] header = text.ReadLine()!.Split(',');
        int Column(string name) => Array.IndexOf(header, name);
        int item = Column("item_id"), position = Column("position"), click = Column("click"), propensity = Column("propensity_score"),
            time = Column("timestamp");
        var decisions = new List<LoggedDecision>();
        while (text.ReadLine() is { } line)
        {
            string[] cells = line.Split(',');
            double Number(int column) => double.Parse(cells[column], CultureInfo.InvariantCulture);
            decisions.Add(new(cells[item], Number(click), Number(propensity))
            {
                Context = cells[position],
                Time = DateTimeOffset.Parse(cells[time], CultureInfo.InvariantCulture),
            });
        }
        var log = BanditLog.From(decisions);
        return OffPolicyEvaluation.Evaluate(log, policy(log), TestContext.Current.CancellationToken);
    }

    /// <summary>How often an item is at each position when lists are ordered by draws of its click rate: 40,000 lists.</summary>
    private static TargetPolicy Thompson(BanditLog log, int[] clicks, int[] skips)
    {
        const int Lists = 40_000, Positions = 3;
        var rng = new Rng(12_345);
        var rates = new BetaDraws(clicks, skips);
        var counts = new int[Positions, clicks.Length];
        for (int list = 0; list < Lists; list++)
        {
            int[] best = [.. Enumerable.Range(0, clicks.Length).Select(item => (Item: item, Rate: rates.Draw(item, rng)))
                .OrderByDescending(draw => draw.Rate).Take(Positions).Select(draw => draw.Item)];
            for (int position = 0; position < Positions; position++) counts[position, best[position]]++;
        }
        return TargetPolicy.FromTable("Thompson sampling", log,
            from position in Enumerable.Range(0, Positions)
            from item in Enumerable.Range(0, clicks.Length)
            select new PolicyRow($"{position + 1}", $"{item}", counts[position, item] / (double)Lists));
    }

    private sealed class BetaDraws(int[] clicks, int[] skips)
    {
        public double Draw(int item, Rng rng)
        {
            double x = Gamma(clicks[item], rng), y = Gamma(skips[item], rng);
            return x / (x + y);
        }

        // G. Marsaglia, W. Tsang, "A Simple Method for Generating Gamma Variables", TOMS 2000
        private static double Gamma(double shape, Rng rng)
        {
            double d = shape - (1.0 / 3), c = 1 / Math.Sqrt(9 * d);
            while (true)
            {
                double x = rng.NextNormal(), v = Math.Pow(1 + (c * x), 3);
                if (v > 0 && Math.Log(1 - rng.NextDouble()) < (x * x / 2) + d - (d * v) + (d * Math.Log(v))) return d * v;
            }
        }
    }

    // the policy's Beta distributions, as published with the data
    private static readonly int[] MenClicks =
        [47, 8, 62, 142, 3, 6, 100, 48, 23, 71, 61, 13, 16, 518, 30, 7, 4, 23, 8, 10, 11, 11, 18, 121, 11, 4, 32, 30, 9, 22, 6, 23, 5, 54];

    private static readonly int[] MenSkips =
        [12198, 3566, 15993, 35522, 2367, 3100, 24665, 13210, 7061, 18061, 17449, 5644, 6787, 111326, 8776, 3334, 2271, 7389, 2659,
            3665, 4724,
         3561, 5085, 27407, 4601, 2923, 8897, 8654, 4000, 6580, 3174, 6766, 2602, 14506];

    private static readonly int[] WomenClicks =
        [12, 7, 984, 13, 15, 15, 11, 14, 9, 200, 72, 3, 14, 49, 1278, 3, 325, 14, 27, 14, 169, 48, 47, 18, 40, 12, 447, 46, 5, 3, 5, 7,
            35, 34, 99,
         30, 880, 51, 182, 6, 45, 39, 10, 24, 72, 229];

    private static readonly int[] WomenSkips =
        [3612, 3173, 204484, 4517, 4765, 5331, 4131, 4728, 4028, 44280, 17918, 2309, 4339, 12922, 270771, 2480, 68475, 5129, 7367,
            5819, 38026,
         13047, 11604, 5394, 10912, 4439, 94485, 10700, 2679, 2319, 2578, 3288, 9566, 9775, 20120, 7317, 172026, 13673, 37329, 3365,
             10911, 10734,
         4278, 7574, 16826, 47462];
}
