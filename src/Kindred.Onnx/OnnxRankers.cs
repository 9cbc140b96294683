using Kindred.Models;

namespace Kindred.Onnx;

/// <summary>Rankers in the ONNX format, by ONNX Runtime.</summary>
public static class OnnxRankers
{
    /// <returns>
    /// A catalogue with which pipelines whose ranker is <c>onnx</c> are trained, published and opened: give it to
    /// <see cref="TrainedRecommender.WithPipeline"/>, to <see cref="Recommender.Open"/>, or to the services of a host.
    /// </returns>
    /// <param name="threads">Of one request; at least 1. Scores do not depend on it more than the model's own operators do.</param>
    public static TrainerCatalog WithOnnxRankers(this TrainerCatalog trainers, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(trainers);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        return trainers.WithOnnx(model => new OnnxScorer(model, threads).Score);
    }
}
