using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Kindred.Data;
using Kindred.Models;
using Kindred.Pipelines;

namespace Kindred.Reranking.Diversity;

/// <summary>
/// Gives the labels of the history their share of the list: of a user of seven dramas and three comedies neither is lost.
/// H. Steck, "Calibrated Recommendations", RecSys 2018, eqs. 2–8.
/// </summary>
/// <remarks>
///   p(label) = mean over the events of the history of [item has it] / labels of the item; q(label) = the same over the listed items
///   next = argmax over i not listed: (1 − λ)·(relevance of the list with i) − λ·KL(p ‖ (1 − α)q + αp), α = .01
/// Relevance is the score scaled to 0…1 among the candidates. As in the metric Miscalibration every event counts the same (the paper
/// lets recent ones count more) and items without labels say nothing. Without labels in the history the order stays. Scores stay as they
/// are; the others follow in their order. Cost: Count · (labels of the history + candidates · labels of
/// an item).
/// </remarks>
[Description("Calibrate the list: give the labels of the user's history their share of it.")]
internal sealed record CalibratedReranker : Reranker
{
    private const double Smoothing = .01;

    [Description("Column of item labels.")]
    public required string Labels { get; set; }

    [Description("Number of places to fill."), Range(1, 10_000)]
    public int Count { get; set; } = 20;

    [Description("Weight of calibration. 0: keep the order; 1: only the shares of labels count."), Range(0.0, 1.0)]
    public float CalibrationShare { get; set; } = .5f;

    private protected override IStage BindTo(RerankingInputs inputs) => new Bound(this, inputs.LabelsOfItems(Labels));

    /// <param name="options">λ = CalibrationShare.</param>
    /// <param name="labels">[items]</param>
    private sealed class Bound(CalibratedReranker options, LabelColumn labels) : IStage
    {
        private readonly DistinctLabels _labels = new(labels);

        public void Apply(in Query query, Candidates candidates)
        {
            var wanted = SharesOf(query.History.Span);
            if (wanted.Count == 0) return;
            int length = Math.Min(options.Count, candidates.Count);
            float[] relevance = Relevance.Of(candidates.Scores);
            var gains = new double[candidates.Count];
            var sums = wanted.ToDictionary(share => share.Key, _ => 0.0); // by label: Σ over the list of [item has it] / labels of the item
            int labelled = 0;
            var list = new GreedySelection(candidates.Count);
            while (list.Count < length)
            {
                double same = Divergence(wanted, sums, labelled), other = Divergence(wanted, sums, labelled + 1);
                for (int place = 0; place < gains.Length; place++)
                {
                    var own = _labels[candidates.Items[place]];
                    double divergence = own.IsEmpty ? same : other + ChangeBy(own, wanted, sums, labelled + 1);
                    gains[place] = ((1 - (double)options.CalibrationShare) * relevance[place]) - (options.CalibrationShare * divergence);
                }
                int next = list.Best(gains);
                list.Take(next);
                var taken = _labels[candidates.Items[next]];
                foreach (int label in taken) if (sums.TryGetValue(label, out double sum)) sums[label] = sum + (1.0 / taken.Length);
                if (!taken.IsEmpty) labelled++;
            }
            candidates.Reorder(list.WithRest());
        }

        // What the divergence of a list of so many items loses when an item with these labels is one of them.
        private static double ChangeBy(ReadOnlySpan<int> own, Dictionary<int, double> wanted, Dictionary<int, double> sums, int labelled)
        {
            double change = 0;
            foreach (int label in own)
            {
                if (!wanted.TryGetValue(label, out double share)) continue;
                change += Term(share, (sums[label] + (1.0 / own.Length)) / labelled) - Term(share, sums[label] / labelled);
            }
            return change;
        }

        private static double Divergence(Dictionary<int, double> wanted, Dictionary<int, double> sums, int labelled)
        {
            double divergence = 0;
            foreach (var (label, share) in wanted) divergence += Term(share, labelled == 0 ? 0 : sums[label] / labelled);
            return divergence;
        }

        private static double Term(double p, double q) => p * Math.Log(p / (((1 - Smoothing) * q) + (Smoothing * p)));

        private Dictionary<int, double> SharesOf(ReadOnlySpan<int> history)
        {
            var shares = new Dictionary<int, double>();
            int labelled = 0;
            foreach (int item in history)
            {
                var own = _labels[item];
                if (!own.IsEmpty) labelled++;
                foreach (int label in own) shares[label] = shares.GetValueOrDefault(label) + (1.0 / own.Length);
            }
            foreach (int label in shares.Keys) shares[label] /= labelled;
            return shares;
        }
    }
}
