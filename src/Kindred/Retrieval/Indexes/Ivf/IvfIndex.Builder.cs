using Kindred.Numerics;

namespace Kindred.Retrieval.Indexes.Ivf;

internal sealed partial class IvfIndex
{
    /// <summary>Scored again with the full vectors, on top of so many for each one wanted.</summary>
    private const int Spare = 16;

    /// <summary>The options of an <see cref="IvfIndex"/>. 0 leaves to the number of vectors what it says so of.</summary>
    public sealed record Builder : IIndexBuilder
    {
        public IndexMetric Metric { get; init; }

        /// <summary>How many; 0: 2·√vectors.</summary>
        public int Lists { get; init; }

        /// <summary>
        /// Lists that a query looks into that does not say; 0: as many as hold 98 % of the 10 best in all lists, for made-up queries, each
        /// the sum of two items' directions, and 8 at least.
        /// </summary>
        public int Effort { get; init; }

        public IvfCodes Codes { get; init; }

        /// <summary>Scored again with the full vectors, for each one wanted; 0: 2 with 8 bits, 10 with 4.</summary>
        public int FirstLook { get; init; }

        /// <summary>Dimensions that share 4 bits, with <see cref="IvfCodes.FourBits"/>.</summary>
        public int SubspaceDimensions { get; init; } = 2;

        /// <summary>
        /// T, with <see cref="IvfCodes.FourBits"/>: the cosine of query and vector from where errors count. One along the vector counts
        /// η = (d − 1)·T² / (1 − T²) times as much as one across it (Guo et al. 2020, section 3), but never less; 0: all errors count
        /// alike.
        /// </summary>
        public float AnisotropicThreshold { get; init; } = 0.2f;

        /// <summary>Of k-means, over at most 128 vectors a list.</summary>
        public int Iterations { get; init; } = 6;

        /// <summary>
        /// p: vectors are clustered as ‖x‖^(p − 1)·x, so that long ones get more lists the greater it is; 1: plain k-means.
        /// </summary>
        public float LengthPower { get; init; } = 2.5f;

        public IIndex Build(Matrix vectors, IndexContext context)
        {
            Check();
            var own = IndexVectors.From(vectors, Metric);
            int count = Math.Max(1, Math.Min(own.Count, Lists > 0 ? Lists : (int)(2 * Math.Sqrt(own.Count))));
            var (ordered, lists) = new IvfPartition(count, Iterations, LengthPower).Cut(own, context);
            int done = 0;
            void Report(int more) => context.Progress?.Report((Interlocked.Add(ref done, more), ordered.Count));
            IIvfCodes codes = Codes == IvfCodes.EightBits
                ? IvfInt8Codes.Encode(ordered, lists, context, Report)
                : new IvfProductEncoder(ordered, lists, Eta(ordered.Dimensions))
                    .Encode(Math.Min(SubspaceDimensions, ordered.Dimensions), context, Report);
            int firstLook = FirstLook > 0 ? FirstLook : Codes == IvfCodes.EightBits ? 2 : 10;
            IvfIndex With(int effort) => new(ordered, lists, codes, Math.Min(effort, count), firstLook);
            return With(Effort > 0 ? Effort : EffortOf(With(count), ordered, context));
        }

        private static int EffortOf(IvfIndex index, IndexVectors vectors, IndexContext context)
        {
            const int Queries = 128, Best = 10, Least = 8;
            const double Recall = 0.98;
            if (vectors.Count == 0) return 1;
            var rng = new Rng((ulong)context.Seed).Fork("effort");
            var ranks = new List<int>[Queries];
            Blocks.ForEach(Queries, 1, context.Workers, (query, _) =>
            {
                var own = rng.Fork("query", query);
                var (vector, direction) = (new float[vectors.Dimensions], new float[vectors.Dimensions]);
                for (int n = 0; n < 2; n++)
                {
                    IndexVectors.Put(vectors.Rows.Row(own.NextInt(vectors.Count)), IndexMetric.Cosine, direction);
                    Kernels.AddScaled(1, direction, vector);
                }
                ranks[query] = [.. index.RanksOfBest(vector, Best)];
            }, context.Cancellation);
            int[] all = [.. ranks.SelectMany(some => some).Order()];
            return Math.Max(Least, all.Length == 0 ? 0 : all[(int)(Recall * (all.Length - 1))]);
        }

        private float Eta(int dimensions)
        {
            float squared = AnisotropicThreshold * AnisotropicThreshold;
            return Math.Max(1, (dimensions - 1) * squared / (1 - squared));
        }

        private void Check()
        {
            AtLeast(nameof(Lists), Lists, 0);
            AtLeast(nameof(Effort), Effort, 0);
            AtLeast(nameof(FirstLook), FirstLook, 0);
            AtLeast(nameof(SubspaceDimensions), SubspaceDimensions, 1);
            AtLeast(nameof(Iterations), Iterations, 1);
            if (!(AnisotropicThreshold is >= 0 and < 1))
                throw new InputException($"AnisotropicThreshold must be >= 0 and < 1, was {AnisotropicThreshold}.");
            if (!(LengthPower is >= 1 and <= 8)) throw new InputException($"LengthPower must be 1 to 8, was {LengthPower}.");
            if (!Enum.IsDefined(Codes)) throw new InputException($"Codes must be FourBits or EightBits, was {Codes}.");
        }

        private static void AtLeast(string name, int value, int least)
        {
            if (value < least) throw new InputException($"{name} must be >= {least}, was {value}.");
        }
    }
}
