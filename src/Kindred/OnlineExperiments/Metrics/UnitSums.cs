namespace Kindred.OnlineExperiments.Metrics;

/// <summary>
/// All that any analysis of a metric needs of an arm: sums over units that merge. A unit is four numbers: numerator and denominator, and
/// both in the time before its first exposure.
/// </summary>
/// <remarks>
/// Of a mean the denominators are 1. One pass, any order, any number of parts: Σv and Σv·w of the four. Sums of squares lose digits where
/// the mean is much larger than the deviation; a metric of users is not.
/// </remarks>
public sealed class UnitSums
{
    /// <summary>Numbers of a unit.</summary>
    internal const int Width = 4;

    private readonly double[] _sums = new double[Width];
    private readonly double[] _products = new double[Width * Width]; // upper half

    /// <summary>Units.</summary>
    public long Count { get; private set; }

    /// <summary>Adds a unit of a mean or a proportion.</summary>
    /// <param name="value">What it adds up to; of a proportion 0 or 1.</param>
    /// <param name="before">The same in the time before its first exposure; 0: nothing is known.</param>
    public void Add(double value, double before = 0) => Add([value, 1, before, 1]);

    /// <summary>Adds a unit of a ratio.</summary>
    public void AddRatio(double numerator, double denominator, double numeratorBefore = 0, double denominatorBefore = 0) =>
        Add([numerator, denominator, numeratorBefore, denominatorBefore]);

    /// <summary>Adds the units of other sums.</summary>
    public void Merge(UnitSums other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Count += other.Count;
        for (int n = 0; n < _sums.Length; n++) _sums[n] += other._sums[n];
        for (int n = 0; n < _products.Length; n++) _products[n] += other._products[n];
    }

    /// <returns>Sums as another system has them.</returns>
    /// <param name="sums">[4]</param>
    /// <param name="products">[4, 4], of which the upper half is read.</param>
    internal static UnitSums From(long count, double[] sums, double[,] products)
    {
        var made = new UnitSums { Count = count };
        sums.CopyTo(made._sums, 0);
        for (int a = 0; a < Width; a++)
            for (int b = a; b < Width; b++) made._products[(a * Width) + b] = products[a, b];
        return made;
    }

    internal void Add(ReadOnlySpan<double> unit)
    {
        Count++;
        Change(unit, 1);
    }

    /// <summary>Takes out a unit that was added as <paramref name="unit"/>.</summary>
    internal void Remove(ReadOnlySpan<double> unit)
    {
        Count--;
        Change(unit, -1);
    }

    /// <summary>A unit that was added as <paramref name="before"/> is now <paramref name="after"/>.</summary>
    internal void Replace(ReadOnlySpan<double> before, ReadOnlySpan<double> after)
    {
        Change(after, 1);
        Change(before, -1);
    }

    internal double Sum(int n) => _sums[n];

    internal double Mean(int n) => _sums[n] / Count;

    /// <param name="isSample">Divided by n − 1; false: by n.</param>
    internal double Covariance(int a, int b, bool isSample)
    {
        double product = _products[(Math.Min(a, b) * Width) + Math.Max(a, b)];
        return (product - (_sums[a] * _sums[b] / Count)) / (isSample ? Count - 1 : Count);
    }

    private void Change(ReadOnlySpan<double> unit, double sign)
    {
        for (int a = 0; a < Width; a++)
        {
            double weighed = sign * unit[a];
            _sums[a] += weighed;
            for (int b = a; b < Width; b++) _products[(a * Width) + b] += weighed * unit[b];
        }
    }
}
