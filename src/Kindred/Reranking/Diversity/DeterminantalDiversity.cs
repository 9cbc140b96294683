using System.ComponentModel;
using Kindred.Models;
using Kindred.Pipelines;

namespace Kindred.Reranking.Diversity;

/// <summary>
/// Chooses the list of the largest determinant: items that are relevant, and whose vectors span much.
/// L. Chen, G. Zhang, H. Zhou, "Fast Greedy MAP Inference for Determinantal Point Process to Improve Recommendation Diversity", NeurIPS
/// 2018, algorithm 1 and eq. 13.
/// </summary>
/// <remarks>
///   maximize over lists Y: θ·Σ relevance(i) + (1 − θ)·log det S(Y), greedily; that is (1 − θ)·log det of the kernel
///   L(i, j) = q(i)·S(i, j)·q(j) with the quality q(i) = exp(relevance(i)·θ / (2(1 − θ)))
///   S(i, j) = the similarity, moved into 0…1: of cosines (1 + cosine) / 2; S(i, i) = 1
/// A list adds log d(i)², where d(i)² is what S(i, i) has left when the listed items are projected out of it: a row of a Cholesky factor
/// that grows by one entry an item listed. Relevance is the score scaled to 0…1 among the candidates. What the listed items span already
/// (d² below 10⁻⁶) waits until nothing else is left, where the paper stops. Scores stay as they are; the others follow in their order.
/// Cost: Count · candidates similarities and Count² · candidates / 2 multiply-adds.
/// </remarks>
[Description("Determinantal point process: pick a list that is diverse as a whole.")]
internal sealed record DeterminantalDiversity : DiversityReranker
{
    private const double Spanned = 1e-6;

    private protected override IStage BindTo(IItemSimilarity similarity) => new Bound(this, similarity);

    /// <param name="options">θ = RelevanceShare.</param>
    private sealed class Bound(DeterminantalDiversity options, IItemSimilarity similarity) : IStage
    {
        public void Apply(in Query query, Candidates candidates)
        {
            int count = candidates.Count, length = Math.Min(options.Count, count);
            float[] relevance = Relevance.Of(candidates.Scores), similarities = new float[count];
            // d² [candidates]; [candidates, length]
            double[] left = new double[count], gains = new double[count], factor = new double[count * length];
            double share = options.RelevanceShare;
            left.AsSpan().Fill(1);
            var list = new GreedySelection(candidates.Count);
            while (list.Count < length)
            {
                for (int place = 0; place < count; place++)
                {
                    gains[place] = left[place] < Spanned
                        ? double.NegativeInfinity
                        : (share * relevance[place]) + ((1 - share) * Math.Log(left[place]));
                }
                int next = list.Best(gains);
                if (next < 0) break;
                similarity.Compare(candidates.Items[next], candidates.Items[..count], similarities);
                ProjectOut(next, list.Count, similarities, factor.AsSpan(), left, length);
                list.Take(next);
            }
            candidates.Reorder(list.WithRest());
        }

        // Adds entry `entry` to every candidate's row of the factor.
        private void ProjectOut(int next, int entry, ReadOnlySpan<float> similarities, Span<double> factor, Span<double> left, int length)
        {
            double root = Math.Sqrt(left[next]);
            var own = factor.Slice(next * length, entry);
            for (int place = 0; place < left.Length; place++)
            {
                var row = factor.Slice(place * length, entry + 1);
                double rest = (similarities[place] - (double)similarity.Lowest) / (1 - (double)similarity.Lowest);
                for (int n = 0; n < entry; n++) rest -= own[n] * row[n];
                row[entry] = rest / root;
                left[place] -= row[entry] * row[entry];
            }
        }
    }
}
