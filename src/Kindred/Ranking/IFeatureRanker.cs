using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Ranking;

/// <summary>Scores candidates by their rows of features. Immutable: any number of threads may ask it.</summary>
internal interface IFeatureRanker
{
    /// <summary>Names, in the order of a row.</summary>
    IReadOnlyList<string> Features { get; }

    /// <summary>Higher is better.</summary>
    /// <param name="rows">[n, features]; NaN: not known.</param>
    /// <param name="scores">[n], overwritten.</param>
    void Score(Matrix rows, Span<double> scores);

    void Save(TensorWriter writer);
}
