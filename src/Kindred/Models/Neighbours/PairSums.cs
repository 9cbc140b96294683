using Kindred.Numerics;

namespace Kindred.Models.Neighbours;

/// <summary>How two users' ratings of the same items go together, or two items' by the same users.</summary>
public enum RatingSimilarity
{
    /// <summary>1 / (1 + mean of (x − y)²). U. Shardanand, P. Maes, "Social Information Filtering", CHI 1995; as in Surprise.</summary>
    MeanSquaredDifference,

    /// <summary>Σ x·y / √(Σ x²·Σ y²)</summary>
    Cosine,

    /// <summary>The correlation of x and y. P. Resnick et al., "GroupLens", CSCW 1994.</summary>
    Pearson,

    /// <summary>The cosine of what x and y have beyond their baselines. Y. Koren, "Factor in the Neighbors", TKDD 2010, §2.2.</summary>
    PearsonBaseline,
}

/// <summary>Sums over what two rows of ratings share. Mutable.</summary>
internal struct PairSums
{
    private double _x, _y, _xx, _yy, _xy;

    /// <summary>How many ratings they share.</summary>
    public int Count { get; private set; }

    public void Add(double x, double y)
    {
        Count++;
        _x += x;
        _y += y;
        _xx += x * x;
        _yy += y * y;
        _xy += x * y;
    }

    /// <param name="shrinkage">λ of the factor (n − 1) / (n − 1 + λ), n ratings shared; Koren 2010, eq. 3.</param>
    /// <returns>0 where it is not defined: too little is shared, or it does not vary.</returns>
    public readonly float Of(RatingSimilarity similarity, double shrinkage)
    {
        if (Count == 0) return 0;
        double plain = similarity switch
        {
            RatingSimilarity.MeanSquaredDifference => 1 / (1 + ((_xx + _yy - (2 * _xy)) / Count)),
            RatingSimilarity.Pearson => Ratio((Count * _xy) - (_x * _y), (Count * _xx) - (_x * _x), (Count * _yy) - (_y * _y)),
            _ => Ratio(_xy, _xx, _yy),
        };
        return (float)(shrinkage > 0 ? plain * (Count - 1) / (Count - 1 + shrinkage) : plain);
    }

    /// <summary>Adds up what a row shares with each column of a matrix.</summary>
    /// <param name="x">Its entries.</param>
    /// <param name="byRow">[rows, columns]</param>
    /// <param name="sums">[columns]</param>
    public static void AddAll(SparseRow x, SparseMatrix byRow, Span<PairSums> sums)
    {
        for (int n = 0; n < x.Length; n++)
        {
            var row = byRow.Row(x.Columns[n]);
            for (int m = 0; m < row.Length; m++) sums[row.Columns[m]].Add(x.Values[n], row.Values[m]);
        }
    }

    // rounding can leave a variance of 0 a little beside it
    private static double Ratio(double product, double xx, double yy) =>
        xx > 1e-9 && yy > 1e-9 ? Math.Clamp(product / Math.Sqrt(xx * yy), -1, 1) : 0;
}
