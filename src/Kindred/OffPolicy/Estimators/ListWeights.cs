namespace Kindred.OffPolicy.Estimators;

/// <summary>Weights of the positions of lists, whose reward is the sum over their positions.</summary>
internal static class ListWeights
{
    /// <summary>
    /// Every position has the weight of the whole list, Π w: always unbiased, and useless for lists of more than a few items.
    /// </summary>
    public static double[] Whole(ListIndex lists, double[] weights)
    {
        var whole = new double[weights.Length];
        for (int list = 0; list < lists.Count; list++)
        {
            double product = 1;
            foreach (int row in lists.RowsOf(list)) product *= weights[row];
            foreach (int row in lists.RowsOf(list)) whole[row] = product;
        }
        return whole;
    }

    /// <summary>
    /// A position has the weight of all down to it: unbiased where people read from the top, and what follows does not matter (a cascade).
    /// Propensities are those of an item given the items above it. J. McInerney, B. Brost, P. Chandar, R. Mehrotra, B. Carterette,
    /// "Counterfactual Evaluation of Slate Recommendations with Sequential Reward Interactions", KDD 2020.
    /// </summary>
    public static double[] Prefixes(ListIndex lists, double[] weights)
    {
        var prefixes = new double[weights.Length];
        for (int list = 0; list < lists.Count; list++)
        {
            double product = 1;
            foreach (int row in lists.RowsOf(list)) prefixes[row] = product *= weights[row];
        }
        return prefixes;
    }
}
