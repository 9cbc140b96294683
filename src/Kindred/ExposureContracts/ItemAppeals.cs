namespace Kindred.ExposureContracts;

/// <summary>How items were clicked that were shown, and what that lets expect of others. Immutable.</summary>
internal sealed class ItemAppeals
{
    /// <summary>Where too little was shown to know: 5 %, as if 20 impressions had said so.</summary>
    private const double UsualRate = .05, UsualStrength = 20;

    /// <summary>So many items with so many examined impressions say how much items differ.</summary>
    private const int FewestItems = 30, FewestExamined = 5;

    private const double LeastStrength = 5, MostStrength = 500;

    /// <summary>With so many examined impressions what was assumed is less than a tenth of the rate.</summary>
    private const double LeastKnown = 10 * UsualStrength;

    private readonly Dictionary<string, (double Examined, double Clicks)> _counts;

    /// <param name="counts">By item: Σ <see cref="Examination.At"/> over its impressions, and how many of them were clicked.</param>
    public ItemAppeals(IReadOnlyDictionary<string, (double Examined, double Clicks)> counts)
    {
        _counts = new(counts, StringComparer.Ordinal);
        double clicks = counts.Values.Sum(count => count.Clicks), examined = counts.Values.Sum(count => count.Examined);
        Rate = Math.Min(.9, ((UsualRate * UsualStrength) + clicks) / (UsualStrength + examined));
        IsKnown = examined >= LeastKnown;
        Strength = StrengthOf([.. counts.Values.Where(count => count.Examined >= FewestExamined)]);
    }

    /// <summary>Nothing was shown yet.</summary>
    public static ItemAppeals None { get; } = new(new Dictionary<string, (double, double)>());

    /// <summary>Whether enough was shown to say what items are like; else <see cref="Rate"/> is mostly an assumption.</summary>
    public bool IsKnown { get; }

    /// <summary>Of all items together.</summary>
    public double Rate { get; }

    /// <summary>How much an item is like all others: so many examined impressions of its own count as much.</summary>
    public double Strength { get; }

    /// <returns>The expected appeal of an item; that of all for one that was never shown.</returns>
    public double Of(string itemId) => _counts.TryGetValue(itemId, out var count)
        ? Appeal.From(new(Rate, Strength), count.Clicks, count.Examined).Mean : Rate;

    /// <summary>What to expect of an item that is like others.</summary>
    /// <param name="similar">Items and how much each says, at least 0.</param>
    /// <param name="fallback">Expected where they say nothing: the rate of new items.</param>
    public AppealPrior PriorFrom(IEnumerable<(string ItemId, double Weight)> similar, double fallback)
    {
        double sum = 0, weights = 0;
        foreach (var (id, weight) in similar) (sum, weights) = (sum + (weight * Of(id)), weights + weight);
        return new(weights > 0 ? sum / weights : fallback, Strength);
    }

    /// <summary>The rate of a group of items, such as new ones, shrunk to that of all as one item's would be.</summary>
    public double RateOf(double clicks, double examined) => Appeal.From(new(Rate, Strength), clicks, examined).Mean;

    /// <remarks>
    /// Moments of the beta-binomial distribution: J. Kleinman, "Proportions with Extraneous Variance: Single and Independent Samples",
    /// JASA 1973. ρ = (S / (p·(1 − p)) − (k − 1)) / (N − Σ n² / N − (k − 1)), S = Σ n·(c / n − p)²; strength = 1 / ρ − 1.
    /// </remarks>
    private static double StrengthOf((double Examined, double Clicks)[] items)
    {
        if (items.Length < FewestItems) return UsualStrength;
        double all = items.Sum(item => item.Examined), rate = items.Sum(item => item.Clicks) / all;
        if (rate is <= 0 or >= 1) return UsualStrength;
        double spread = items.Sum(item => item.Examined * Math.Pow((item.Clicks / item.Examined) - rate, 2)) / (rate * (1 - rate));
        double free = items.Length - 1;
        double share = (spread - free) / (all - (items.Sum(item => item.Examined * item.Examined) / all) - free);
        return share > 0 ? Math.Clamp((1 / share) - 1, LeastStrength, MostStrength) : MostStrength;
    }
}
