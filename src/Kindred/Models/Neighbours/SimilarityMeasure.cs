using Kindred.Numerics;
using Kindred.Numerics.Sparse;

namespace Kindred.Models.Neighbours;

/// <summary>
/// The part of a <see cref="Similarity"/> that concerns one column, an item among users or a user among items: what its entries weigh, and
/// what of it goes into the denominator. A column need not be one of the training data: a history is one too.
/// </summary>
internal sealed class SimilarityMeasure
{
    private readonly NeighbourTrainer _options;
    private readonly float[] _factors; // [rows]: √v, or the idf
    private readonly float[] _means;   // [rows], of each row's entries; only of the adjusted cosine
    private readonly double _meanLength; // of the columns; only of BM25

    /// <param name="byRow">[rows, columns]: what is compared is the columns.</param>
    /// <param name="byColumn">The transpose.</param>
    public SimilarityMeasure(NeighbourTrainer options, SparseMatrix byRow, SparseMatrix byColumn)
    {
        _options = options;
        _factors = new float[byRow.Rows];
        _means = new float[options.Similarity == Similarity.AdjustedCosine ? byRow.Rows : 0];
        double total = 0;
        for (int row = 0; row < byRow.Rows; row++)
        {
            var entries = byRow.Row(row);
            if (_means.Length > 0) _means[row] = (float)MeanOf(entries.Values);
            double vote = VoteOf(entries.Length);
            _factors[row] = (float)(UsesIdf ? Math.Max(0, Math.Log(byRow.Columns / (1.0 + entries.Length))) : Math.Sqrt(vote));
            if (entries.Length > 0) total += vote;
        }
        Total = total;
        double lengths = 0;
        if (options.Similarity == Similarity.Bm25) foreach (float value in byColumn.Values.Span) lengths += value;
        _meanLength = lengths / Math.Max(1, byColumn.Rows);
    }

    /// <summary>For terms alone: it weighs nothing.</summary>
    /// <param name="total">What all rows count.</param>
    public SimilarityMeasure(NeighbourTrainer options, double total) => (_options, _factors, _means, Total) = (options, [], [], total);

    /// <returns>v: what a row of so many entries counts.</returns>
    public double VoteOf(int entries) => Math.Pow(Math.Max(1, entries), -_options.FrequencyPenalty);

    /// <returns>True when each similarity may change with any event, whoever had it.</returns>
    public static bool DependsOnTotals(Similarity similarity) =>
        similarity is Similarity.TfIdf or Similarity.Bm25 or Similarity.LogLikelihood or Similarity.Lift;

    /// <summary>N: what all rows count.</summary>
    public double Total { get; }

    private bool UsesIdf => _options.Similarity is Similarity.TfIdf or Similarity.Bm25;

    /// <param name="weights">[column], overwritten: a, so that the similarity's sum is a product of two of them.</param>
    public void Weigh(SparseRow column, Span<float> weights)
    {
        ReadOnlySpan<int> rows = column.Columns;
        var x = column.Values;
        double mean = _options.Similarity == Similarity.Pearson ? MeanOf(x) : 0, saturation = 0;
        if (_options.Similarity == Similarity.Bm25)
        {
            double length = 0;
            foreach (float value in x) length += value;
            saturation = _options.Bm25Saturation * (1 - _options.Bm25Length + (_options.Bm25Length * length / _meanLength));
        }
        for (int n = 0; n < rows.Length; n++)
        {
            float factor = _factors[rows[n]];
            weights[n] = _options.Similarity switch
            {
                Similarity.Cosine => factor * x[n],
                Similarity.AdjustedCosine => factor * (x[n] - _means[rows[n]]),
                Similarity.Pearson => factor * (float)(x[n] - mean),
                Similarity.TfIdf => factor * MathF.Sqrt(x[n]),
                Similarity.Bm25 => factor * (float)(x[n] * (_options.Bm25Saturation + 1) / (x[n] + saturation)),
                _ => factor,
            };
        }
    }

    /// <returns>Σ of the squares: |i|² of a cosine, n(i) of a count.</returns>
    public static float SizeOf(ReadOnlySpan<float> weights)
    {
        double sum = 0;
        foreach (float weight in weights) sum += (double)weight * weight;
        return (float)sum;
    }

    /// <summary>The similarities of columns of such sizes.</summary>
    /// <param name="sizes">[columns]</param>
    public Quotients Between(ReadOnlySpan<float> sizes)
    {
        var terms = new float[4][];
        for (int n = 0; n < terms.Length; n++) terms[n] = new float[sizes.Length];
        for (int column = 0; column < sizes.Length; column++)
            (terms[0][column], terms[1][column], terms[2][column], terms[3][column]) = TermsOf(sizes[column]);
        float ofSum = _options.Similarity switch
        {
            Similarity.Jaccard => 1,
            Similarity.Tversky => _options.TverskyAlpha + _options.TverskyBeta - 1,
            _ => 0,
        };
        float shrinkage = _options.Shrinkage ?? throw DataDefaults.NotKnown(nameof(_options.Shrinkage));
        return new(terms[0], terms[1], terms[2], terms[3], ofSum, HasDenominator ? shrinkage : 0);
    }

    /// <returns>a, b, c, d of <see cref="Quotients"/> for a column of such a size.</returns>
    public (float A, float B, float C, float D) TermsOf(float size) => _options.Similarity switch
    {
        Similarity.Cosine or Similarity.AdjustedCosine or Similarity.Pearson or Similarity.TfIdf =>
            (MathF.Sqrt(size), MathF.Sqrt(size), 0, 0),
        Similarity.Jaccard => (0, 0, size, size),
        Similarity.Tversky => (0, 0, _options.TverskyAlpha * size, _options.TverskyBeta * size),
        Similarity.Conditional => (size, MathF.Pow(size, _options.ConditionalExponent), 0, 0),
        Similarity.Lift => (size / (float)Math.Sqrt(Total), size / (float)Math.Sqrt(Total), 0, 0),
        _ => (0, 0, .5f, .5f), // a denominator of 1
    };

    /// <returns>−2 ln of the likelihood ratio, by the entropies of the table of those who have both, one, or none.</returns>
    public float LogLikelihoodOf(double both, double i, double j)
    {
        if (both * Total <= i * j) return 0;
        double onlyI = Math.Max(0, i - both), onlyJ = Math.Max(0, j - both), none = Math.Max(0, Total - i - onlyJ);
        double sum = Term(both) + Term(onlyI) + Term(onlyJ) + Term(none) - Term(i) - Term(j) - Term(Total - i) - Term(Total - j)
            + Term(Total);
        return (float)Math.Max(0, 2 * sum);
    }

    private bool HasDenominator => _options.Similarity is not (Similarity.Bm25 or Similarity.LogLikelihood or Similarity.CoOccurrence);

    private static double Term(double count) => count > 0 ? count * Math.Log(count) : 0;

    private static double MeanOf(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values) sum += value;
        return sum / Math.Max(1, values.Length);
    }
}
