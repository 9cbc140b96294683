namespace Kindred.Evaluation.Metrics.Beyond;

/// <summary>
/// How much of what is recommended is not a bestseller?
/// H. Abdollahpouri, R. Burke, B. Mobasher, "Managing Popularity Bias in Recommender Systems with Personalized Re-Ranking", FLAIRS 2019:
/// the head are the fewest items that hold 80 % of the interactions, all others are the long tail.
/// </summary>
/// <remarks>
/// Interactions are different users of an item in training; equal items go by ascending index. The paper takes the mean over lists, here
/// all places of all lists count alike. NaN when nothing is recommended.
/// </remarks>
internal sealed class LongTailShare : ICatalogMetric
{
    private readonly bool[] _isTail;
    private readonly double _head;

    /// <param name="head">Share of the interactions that the head holds, 0 to 1.</param>
    /// <exception cref="InputException">The cut-off or the share is out of range.</exception>
    public LongTailShare(int k, ItemAudience train, double head = .8)
    {
        K = CutOff.Checked(k);
        if (head is not (>= 0 and <= 1)) throw new InputException($"The head's share of the interactions must be in 0..1, was {head}.");
        _head = head;
        int[] audience = train.UsersOfItems;
        long all = audience.Sum(users => (long)users), held = 0;
        _isTail = new bool[audience.Length];
        foreach (int item in ItemOrder.ByPopularity(audience))
        {
            _isTail[item] = held >= head * all;
            held += audience[item];
        }
    }

    public int K { get; }

    public MetricDefinition Definition => new($"LongTailShare@{K}",
        $"share of the first {K} places of all lists that have items outside the head, which is the fewest items that " +
        $"hold {100 * _head:0.#} % " +
        "of the training interactions.",
        MetricDirection.Neither);

    public double Measure(Exposure exposure)
    {
        double tail = 0, all = 0;
        for (int item = 0; item < _isTail.Length; item++)
        {
            all += exposure.Counts.Span[item];
            if (_isTail[item]) tail += exposure.Counts.Span[item];
        }
        return tail / all; // 0 / 0 is NaN
    }
}
