using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;

namespace Kindred.Ranking;

/// <summary>
/// Scores every candidate anew by a model, and sorts: factorization machines rank like trees, by the moment and what is known of user and
/// item. What the model cannot score (NaN) stands last.
/// </summary>
/// <remarks>Cost: of a model with embeddings one embedding and d multiply-adds a candidate, of any other one <see cref="IModel.Score"/> of
/// all items.</remarks>
internal sealed class ModelRanker(IModel model) : IStage
{
    // [d], or [items]
    private readonly ScratchPool<float[]> _scratch = new(
        () => new float[(model as IEmbeddingModel)?.ItemEmbeddings.Columns ?? model.Items.Count]);

    public void Apply(in Query query, Candidates candidates)
    {
        if (candidates.Count == 0) return;
        var embedding = model as IEmbeddingModel;
        var known = query.Within(model.Items.Count); // items that came after the model say nothing
        using var lease = _scratch.Take();
        float[] scratch = lease.Scratch;
        if (embedding is null)
        {
            model.Score(known, scratch);
            for (int place = 0; place < candidates.Count; place++) candidates.Scores[place] = Of(scratch, candidates.Items[place]);
        }
        else
        {
            bool isKnown = embedding.TryEmbed(known, scratch);
            for (int place = 0; place < candidates.Count; place++)
                candidates.Scores[place] = isKnown ? Product(embedding.ItemEmbeddings, candidates.Items[place], scratch) : float.NaN;
        }
        candidates.Sort();
    }

    // an item that came after the model
    private static float Of(float[] scores, int item) => (uint)item < (uint)scores.Length ? CandidateScore.From(scores[item]) : float.NaN;

    // a row of zeros is of an item that the model does not know
    private static float Product(Matrix items, int item, ReadOnlySpan<float> embedding) =>
        (uint)item < (uint)items.Rows && items.Row(item).ContainsAnyExcept(0)
            ? CandidateScore.From(Kernels.Dot(items.Row(item), embedding)) : float.NaN;
}
