using Kindred.Numerics;
using Kindred.Numerics.Sparse;

namespace Kindred.Models.Neighbours;

/// <summary>All that is needed to compare the columns of a matrix with each other, or with one that is not in it. Immutable.</summary>
internal sealed class NeighbourSums
{
    private readonly NeighbourTrainer _options;
    private readonly float[] _sizes; // [columns] by rank
    private readonly Quotients _quotients; // by rank

    /// <param name="byRow">[rows, columns]: what is compared is the columns.</param>
    /// <param name="byColumn">The transpose.</param>
    public NeighbourSums(NeighbourTrainer options, SparseMatrix byRow, SparseMatrix byColumn, TrainingContext context)
    {
        const int BlockColumns = 256;
        _options = options;
        Measure = new(options, byRow, byColumn);
        var weights = new float[byColumn.Count];
        var sizes = new float[byColumn.Rows];
        Blocks.ForEach(byColumn.Rows, BlockColumns, context.Workers, (first, end) =>
        {
            for (int column = first; column < end; column++)
            {
                var own = weights.AsSpan(byColumn.Starts.Span[column], byColumn.Row(column).Length);
                Measure.Weigh(byColumn.Row(column), own);
                sizes[column] = SimilarityMeasure.SizeOf(own);
            }
        }, context.Cancellation);
        Weighted = new(byColumn.Rows, byColumn.Columns, byColumn.Starts, byColumn.Indices, weights);
        Gram = new(Weighted);
        _sizes = [.. Gram.ColumnOf.Select(column => sizes[column])];
        _quotients = Measure.Between(_sizes);
    }

    public SimilarityMeasure Measure { get; }

    /// <summary>[columns, rows]: the weights that are multiplied.</summary>
    public SparseMatrix Weighted { get; }

    public SparseGram Gram { get; }

    public int Columns => Gram.Columns;

    /// <summary>Sums of the column at a rank, to those before it, become similarities that are offered to both.</summary>
    /// <param name="sums">[columns], zero before and after.</param>
    /// <param name="counts">[columns] of the same kind.</param>
    public void OfferBefore(int rank, Span<float> sums, Span<float> counts, NearestLists lists)
    {
        Gram.AddBefore(rank, sums);
        Adjust(rank, sums[..rank], counts, onlyBefore: true);
        _quotients.OfferBefore(rank, sums[..rank], lists, Gram.ColumnOf);
    }

    /// <summary>Both directions of the similarities between the column at a rank and each other column.</summary>
    /// <param name="there">[columns] by rank, zero before: q(rank, other), overwritten.</param>
    /// <param name="back">[columns] by rank: q(other, rank), overwritten.</param>
    /// <param name="counts">[columns], zero before and after.</param>
    public void CompareAll(int rank, Span<float> there, Span<float> back, Span<float> counts)
    {
        Gram.AddAll(rank, there);
        Adjust(rank, there, counts, onlyBefore: false);
        there[rank] = 0;
        for (int other = 0; other < there.Length; other++)
        {
            float sum = there[other];
            back[other] = sum > 0 ? _quotients.Of(other, rank, sum) : 0;
            there[other] = sum > 0 ? _quotients.Of(rank, other, sum) : 0;
        }
    }

    /// <summary>The columns most similar to one that is not here, offered to a list by their own numbers.</summary>
    /// <param name="x">Its entries.</param>
    /// <param name="weights">[x], overwritten: the weights of the entries.</param>
    /// <param name="sums">[columns], zero before and after.</param>
    /// <param name="counts">[columns], zero before and after.</param>
    /// <param name="isLeftOut">Rows that add nothing to the sums, and get the weight 0.</param>
    public void Nearest(SparseRow x, Span<float> weights, Span<float> sums, Span<float> counts, Func<int, bool>? isLeftOut, ref TopK top)
    {
        Measure.Weigh(x, weights);
        float size = SimilarityMeasure.SizeOf(weights);
        if (isLeftOut is not null)
            for (int n = 0; n < x.Length; n++) if (isLeftOut(x.Columns[n])) weights[n] = 0;
        var (scale, _, offset, _) = Measure.TermsOf(size);
        Gram.AddProduct(new(x.Columns, weights), sums);
        if (_options.MinimumOverlap > 1) Gram.CountProduct(x, counts);
        for (int rank = 0; rank < sums.Length; rank++)
        {
            float sum = sums[rank];
            if (sum == 0) continue;
            sums[rank] = 0;
            if (_options.MinimumOverlap > 1 && counts[rank] < _options.MinimumOverlap) continue;
            if (_options.Similarity == Similarity.LogLikelihood) sum = Measure.LogLikelihoodOf(sum, size, _sizes[rank]);
            if (!(sum > 0)) continue;
            float similarity = _quotients.Of(scale, offset, rank, sum);
            if (similarity >= _options.MinimumSimilarity && similarity >= top.Threshold) top.Offer(Gram.ColumnOf[rank], similarity);
        }
        if (_options.MinimumOverlap > 1) counts.Clear();
    }

    // what is no quotient of the sum alone: too few in common, or the ratio of likelihoods
    private void Adjust(int rank, Span<float> sums, Span<float> counts, bool onlyBefore)
    {
        if (_options.MinimumOverlap > 1)
        {
            Gram.Count(rank, counts, onlyBefore);
            for (int other = 0; other < sums.Length; other++) if (counts[other] < _options.MinimumOverlap) sums[other] = 0;
            counts.Clear();
        }
        if (_options.Similarity != Similarity.LogLikelihood) return;
        for (int other = 0; other < sums.Length; other++)
            if (sums[other] > 0) sums[other] = Measure.LogLikelihoodOf(sums[other], _sizes[rank], _sizes[other]);
    }
}
