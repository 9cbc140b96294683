using Kindred.Numerics;

namespace Kindred.Reranking.Exploration;

/// <summary>How often items were clicked of the times that they were shown. Immutable.</summary>
internal sealed class ClickRates
{
    private readonly float[] _clicks, _skips; // [items], without the prior

    /// <param name="clicks">[items]</param>
    /// <param name="shows">[items], at least the clicks.</param>
    /// <exception cref="InputException">An item was clicked more often than shown.</exception>
    public ClickRates(ReadOnlySpan<long> clicks, ReadOnlySpan<long> shows)
    {
        if (clicks.Length != shows.Length)
            throw new ArgumentException($"Clicks are of {clicks.Length} items, shows of {shows.Length}.", nameof(shows));
        (_clicks, _skips) = (new float[clicks.Length], new float[clicks.Length]);
        long allClicks = 0, allShows = 0;
        for (int item = 0; item < clicks.Length; item++)
        {
            if (clicks[item] < 0 || clicks[item] > shows[item])
                throw new InputException($"Item {item} has {clicks[item]} clicks of {shows[item]} shows; clicks must be in 0..shows.");
            (_clicks[item], _skips[item]) = (clicks[item], shows[item] - clicks[item]);
            (allClicks, allShows) = (allClicks + clicks[item], allShows + shows[item]);
        }
        MeanRate = (allClicks + 1.0) / (allShows + 2.0);
    }

    /// <summary>Of all shows of all items, as if there had been one click and one other show more.</summary>
    public double MeanRate { get; }

    /// <returns>One draw of the rate of an item from its posterior.</returns>
    /// <param name="priorShows">How many shows at the mean rate of all items an item is taken to have had.</param>
    internal double Draw(int item, float priorShows, Rng rng)
    {
        bool isKnown = (uint)item < (uint)_clicks.Length;
        double clicks = (priorShows * MeanRate) + (isKnown ? _clicks[item] : 0), skips = (priorShows * (1 - MeanRate))
            + (isKnown ? _skips[item] : 0);
        double x = rng.NextGamma(clicks), y = rng.NextGamma(skips);
        return x + y > 0 ? x / (x + y) : 0;
    }
}
