using System.Globalization;
using Kindred.Numerics;

namespace Kindred.Splitting;

/// <summary>Which events of a user a part is made of.</summary>
internal enum PartDraw
{
    /// <summary>The last ones, as where the test part is what happened afterwards.</summary>
    Last,

    /// <summary>Any of them, as where the test part was drawn at random.</summary>
    Random,
}

/// <summary>
/// A validation part out of a training part that was provided, drawn as the test part was drawn out of everything: of the same users, as
/// large a share of each user's events, the last ones or random ones. Options chosen on a part that was drawn in another way are good for
/// another question.
/// </summary>
internal static class DrawnValidation
{
    /// <summary>Farther from a half than by this, item popularity tells the two parts apart.</summary>
    private const double Alike = .03;

    /// <param name="given">A training and a test part.</param>
    public static Split Of(Split given, PartDraw draw, int seed)
    {
        var train = given.Final.Train;
        var (histories, tests) = (train.Histories, given.Final.Test.Histories);
        var isDrawn = new bool[histories.Count];
        var starts = histories.Starts.Span;
        var root = new Rng((ulong)seed);
        for (int user = 0; user < histories.Users; user++)
        {
            int count = starts[user + 1] - starts[user], test = tests.ItemsOf(user).Length;
            if (test == 0 || count < 2) continue;
            int drawn = Math.Clamp((int)Math.Round((double)count * test / (count + test)), 1, count - 1);
            var own = isDrawn.AsSpan(starts[user], count);
            if (draw == PartDraw.Last) own[^drawn..].Fill(true);
            else Draw(own, drawn, root.Fork("validation", user));
        }
        string how = draw == PartDraw.Last ? "the last events"
            : string.Create(CultureInfo.InvariantCulture, $"random events (seed {seed})");
        string protocol = $"{given.Protocol} The validation part is {how} of each test user's training events, as large a share as the "
            + "test part is of all.";
        var split = Split.Given(train, train.Where(isDrawn), given.Final.Test, protocol);
        return split with { Final = given.Final };
    }

    /// <summary>
    /// How often a test event's item is more popular in training than a validation event's, equally popular ones counting half. .5: by this
    /// the parts are alike.
    /// </summary>
    public static double PopularityOverlap(Split split)
    {
        var counts = new int[split.Train.Items.Count];
        foreach (int item in split.Train.Histories.Items.Span) counts[item]++;
        int[] validation = CountsOf(split.Validation), test = CountsOf(split.Test);
        if (validation.Length == 0 || test.Length == 0) return double.NaN;
        double below = 0;
        for (int t = 0, less = 0, most = 0; t < test.Length; t++)
        {
            while (less < validation.Length && validation[less] < test[t]) less++;
            while (most < validation.Length && validation[most] <= test[t]) most++;
            below += (less + most) / 2.0;
        }
        return below / ((double)validation.Length * test.Length);

        int[] CountsOf(Interactions part)
        {
            int[] own = Array.ConvertAll(part.Histories.Items.ToArray(), item => counts[item]);
            Array.Sort(own);
            return own;
        }
    }

    /// <returns>With a warning where the popularity of their items tells validation and test apart.</returns>
    public static Split Checked(Split split)
    {
        double overlap = PopularityOverlap(split);
        // of two parts that are alike, the share of pairs varies so much by chance: H. Mann, D. Whitney, 1947
        double validation = split.Validation.Histories.Count, test = split.Test.Histories.Count;
        double deviation = Math.Sqrt((validation + test + 1) / (12 * validation * test));
        if (!(Math.Abs(overlap - .5) > Math.Max(Alike, 3 * deviation))) return split;
        string warning = string.Create(CultureInfo.InvariantCulture,
            $"The validation part is not like the test part: its items are {(overlap > .5 ? "less" : "more")} popular (in "
            + $"{100 * Math.Max(overlap, 1 - overlap):0} % of the pairs of events, 50 % if alike), so what is best here need not be best "
            + $"there. Draw it as the test part was drawn: --validation-draw last or random.");
        return split with { Tuning = split.Tuning with { Warnings = [warning, .. split.Tuning.Warnings] } };
    }

    // the first `drawn` of a shuffle
    private static void Draw(Span<bool> own, int drawn, Rng rng)
    {
        int[] places = [.. Enumerable.Range(0, own.Length)];
        for (int n = 0; n < drawn; n++)
        {
            int other = n + rng.NextInt(own.Length - n);
            (places[n], places[other]) = (places[other], places[n]);
            own[places[n]] = true;
        }
    }
}
