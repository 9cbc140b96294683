namespace Kindred.Models.Neighbours;

/// <summary>How alike two items are by the users they share; of users, read "item" as "user" and the other way round.</summary>
/// <remarks>
///   x(u, i) the weight of the pair; v(u) = |items of u|^(−ActivityPenalty), what a user's word counts
///   n(i) = Σ v(u) over the users of i; n(i, j) = Σ v(u) over those of both; N = Σ v(u) over all
///   i·j = Σ v(u)·x(u, i)·x(u, j) over the users of both; |i|² = i·i over all of its users; λ = Shrinkage
/// </remarks>
public enum Similarity
{
    /// <summary>i·j / (|i|·|j| + λ). M. Deshpande, G. Karypis, "Item-Based Top-N Recommendation Algorithms", TOIS 2004, §4.2.1.</summary>
    Cosine,

    /// <summary>The cosine of x(u, i) − mean of u. B. Sarwar, G. Karypis, J. Konstan, J. Riedl, "Item-based Collaborative Filtering
    /// Recommendation Algorithms", WWW 2001, §3.1.3; the lengths are over all users of each item, so that a small overlap counts
    /// little.</summary>
    AdjustedCosine,

    /// <summary>
    /// The cosine of x(u, i) − mean of i. Sarwar et al. 2001, §3.1.2; the lengths are over all users of each item, as above.
    /// </summary>
    Pearson,

    /// <summary>n(i, j) / (n(i) + n(j) − n(i, j) + λ). P. Jaccard, 1901.</summary>
    Jaccard,

    /// <summary>
    /// n(i, j) / (n(i, j) + α·(n(i) − n(i, j)) + β·(n(j) − n(i, j)) + λ). A. Tversky, "Features of Similarity", Psychological Review 1977.
    /// </summary>
    Tversky,

    /// <summary>
    /// n(i, j) / (n(i)·n(j)^α + λ): how often j comes with i, less if j is frequent. Deshpande, Karypis 2004, §4.2.2, eq. 7.
    /// </summary>
    Conditional,

    /// <summary>The cosine of √x(u, i)·ln(items / (1 + |items of u|)): busy users say little. The logarithm replaces v.</summary>
    TfIdf,

    /// <summary>i·j of x·(k + 1) / (x + k·(1 − b + b·length(i) / mean length))·ln(items / (1 + |items of u|)), length(i) = Σ x(u, i),
    /// without a denominator: b is what holds popular items down. S. Robertson et al., "Okapi at TREC-3", 1994.</summary>
    Bm25,

    /// <summary>−2·ln of the likelihood ratio of independence, 0 where the pair is rarer than by chance. T. Dunning, "Accurate Methods for
    /// the Statistics of Surprise and Coincidence", Computational Linguistics 1993, §4. λ is not used.</summary>
    LogLikelihood,

    /// <summary>n(i, j) / (n(i)·n(j) / N + λ): how many times more often than by chance.</summary>
    Lift,

    /// <summary>n(i, j): as it is counted. λ is not used.</summary>
    CoOccurrence,
}
