namespace Kindred.Ranking;

/// <summary>Why a row has its score: the expected score, and what each feature adds to it.</summary>
/// <param name="ExpectedScore">Mean score of the rows trained on: what is said of a row of which nothing is known.</param>
/// <param name="Contributions">[features], Shapley values; with the expected score they add up to the score.</param>
internal sealed record ForestExplanation(double ExpectedScore, ReadOnlyMemory<double> Contributions)
{
    /// <summary>The score explained, but for rounding.</summary>
    public double Score
    {
        get
        {
            double sum = ExpectedScore;
            foreach (double contribution in Contributions.Span) sum += contribution;
            return sum;
        }
    }
}
