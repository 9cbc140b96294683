using Kindred.Models;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Ranking;

/// <summary>An ONNX model as a ranker.</summary>
/// <param name="score">Runs it.</param>
internal sealed class OnnxRanker(OnnxModel model, RowScorer score) : IFeatureRanker
{
    public IReadOnlyList<string> Features => model.Features;

    public void Score(Matrix rows, Span<double> scores) => score(rows, scores);

    public void Save(TensorWriter writer) => model.Save(writer);
}
