using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Sequences;
using Kindred.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Kindred.Neural;

/// <summary>
/// What comes next in a history, by causal self-attention. W.-C. Kang, J. McAuley, "Self-Attentive Sequential Recommendation", ICDM 2018;
/// with many negatives: A. Petrov, C. Macdonald, "gSASRec", RecSys 2023.
/// </summary>
/// <remarks>
/// Network and formulas: <see cref="Transformer"/>. Every item of a user's last L + 1 is to be foretold from those before it, by
/// <see cref="SequenceLoss"/>. Deviations: layers are normalized at their entry throughout; attention weights are not dropped out, so that
/// they need not be kept; BothWays-free positions are counted from the end of the sequence as in the paper, but sequences are filled up at
/// their end, where it costs nothing.
/// Cost of an epoch: 3·tokens·(blocks·(8·d² + 4·d·h + 4·L·d) + 2·negatives·d) flops.
/// </remarks>
public sealed record SasRec : NeuralTrainer
{
    /// <summary>d, the length of an embedding.</summary>
    public int Dimensions { get; init; } = 64;

    /// <summary>L: the most recent items that are looked at.</summary>
    public int HistoryLength { get; init; } = 50;

    public int LayerCount { get; init; } = 2;

    /// <summary>Parts of an embedding that look at the history apart.</summary>
    public int HeadCount { get; init; } = 1;

    public SequenceLoss Loss { get; init; } = SequenceLoss.Softmax;

    /// <summary>Items that an observed one is told from; 0 with Softmax: all.</summary>
    public int NegativeCount { get; init; } = 512;

    /// <summary>t of <see cref="SequenceLoss.Calibrated"/>: 0: scores are those of plain cross-entropy, 1: they are calibrated probabilities.</summary>
    public float Calibration { get; init; } = 0.75f;

    internal static TrainerSummary Summary { get; } = new(
        "what comes next in a history, by self-attention", "events in their order", "tokens · layers · (d² + historyLength · d), and negatives · d",
        Capabilities.Personal | Capabilities.Embeds | Capabilities.Epochs | Capabilities.Resumes);

    internal static SearchSpace Space { get; } = SearchSpace.Of<SasRec>("dimensions",
        ("dimensions", "32|64|128"), ("epochs", "10..100:log"), ("learningRate", "0.0003..0.003:log"), ("dropout", "0.1..0.6"), ("layerCount", "1..3"));

    private protected override void Check()
    {
        base.Check();
        if (Dimensions < 1) throw new InputException($"Dimensions must be >= 1, was {Dimensions}.");
        if (HistoryLength < 1) throw new InputException($"HistoryLength must be >= 1, was {HistoryLength}.");
        if (LayerCount < 1) throw new InputException($"LayerCount must be >= 1, was {LayerCount}.");
        if (HeadCount < 1 || Dimensions % HeadCount != 0) throw new InputException($"HeadCount must divide Dimensions = {Dimensions}, was {HeadCount}.");
        int least = Loss == SequenceLoss.Softmax ? 0 : 1;
        if (NegativeCount < least) throw new InputException($"NegativeCount must be >= {least} with this loss, was {NegativeCount}.");
        if (!(Calibration is >= 0 and <= 1)) throw new InputException($"Calibration must be in 0..1, was {Calibration}.");
    }

    private protected override Learner CreateLearner(Interactions interactions, Device device, Rng rng)
    {
        var shape = new TransformerShape(interactions.Items.Count, HistoryLength, Dimensions, LayerCount, HeadCount, Dimensions, Reading.Forwards);
        return new NextItemLearner(this, interactions, shape, TransformerNetwork.Create(shape, rng, device));
    }

    private sealed class NextItemLearner(SasRec options, Interactions interactions, TransformerShape shape, ParameterSet parameters)
        : Learner(parameters)
    {
        private readonly TransformerNetwork _network = new(shape, parameters);
        private readonly SequenceBatches _batches =
            new(interactions, options.HistoryLength, options.NegativeCount, options.Loss == SequenceLoss.BinaryCrossEntropy);

        public override int Examples => _batches.Count;

        public override IReadOnlyList<Shard> Prepare(ReadOnlySpan<int> examples, Rng rng) => _batches.NextItems(examples, rng);

        public override Tensor Loss(Shard shard, Dropout dropout)
        {
            var s = (SequenceShard)shard;
            Tensor items = On(s.Items).view(s.Sequences, s.Length), positions = On(s.Positions).view(s.Sequences, s.Length), answers = On(s.Answers);
            var x = _network.Encode(items, positions, null, dropout)
                .view(s.Sequences * s.Length, shape.Dimensions).index_select(0, On(s.Places)); // [targets, d]
            int choices = _batches.Touched.Length;
            return options.Loss switch
            {
                SequenceLoss.BinaryCrossEntropy => SequenceLosses.BinaryCrossEntropy(x, _network.Items, answers, On(s.Negatives)),
                SequenceLoss.Calibrated => SequenceLosses.Calibrated(x, _network.Items, answers, On(s.Negatives), options.Calibration, choices),
                _ when options.NegativeCount == 0 => SequenceLosses.Softmax(x, _network.Items, On(s.Answers), On(_all)),
                _ => SequenceLosses.Softmax(x, _network.Items, answers, On(s.Negatives), choices),
            };
        }

        private readonly long[] _all = [.. Enumerable.Range(0, shape.Items).Select(n => (long)n)];

        public override IModel Model() => TransformerNetwork.ModelOf(interactions.Items, shape, Parameters, _batches.Touched);

        private Tensor On(long[] values) => Parameters.Device.type == DeviceType.CPU
            ? frombuffer(values, ScalarType.Int64) : frombuffer(values, ScalarType.Int64).to(Parameters.Device);
    }
}
