namespace Kindred.Models.Sampling;

/// <summary>What is known of all observed pairs together: what the weight of one of them is relative to.</summary>
internal sealed class PairTotals
{
    private readonly float _meanWeight;
    private readonly float[] _itemWeights;

    /// <param name="popularity">[items], users of each.</param>
    /// <param name="meanWeight">Of all pairs.</param>
    /// <param name="propensityExponent">γ: a pair weighs popularity^−γ as much.</param>
    public PairTotals(int[] popularity, float meanWeight, float propensityExponent)
    {
        (Popularity, _meanWeight) = (popularity, meanWeight);
        Touched = [.. Enumerable.Range(0, popularity.Length).Where(item => popularity[item] > 0)];
        Pairs = popularity.Sum(users => (long)users);
        _itemWeights = ItemWeights(propensityExponent);
    }

    /// <summary>[items], users of each.</summary>
    public int[] Popularity { get; }

    /// <summary>Items that a user touched.</summary>
    public int[] Touched { get; }

    /// <summary>How many there are.</summary>
    public long Pairs { get; }

    /// <returns>A pair's weight as steps use it.</returns>
    public float Relative(int item, float weight) =>
        TrainingPairs.Relative(weight, _meanWeight) * (_itemWeights.Length == 0 ? 1 : _itemWeights[item]);

    // (popularity / its mean over the pairs)^−γ, scaled to a mean of 1 over the pairs: the inverse of a propensity that grows with
    // popularity
    private float[] ItemWeights(float exponent)
    {
        if (exponent == 0) return [];
        var weights = new double[Popularity.Length];
        double sum = 0;
        foreach (int item in Touched)
        {
            weights[item] = Math.Pow(Popularity[item], -exponent);
            sum += weights[item] * Popularity[item];
        }
        return [.. weights.Select(w => (float)(w * Pairs / sum))];
    }
}
