using Kindred.Numerics.Distributions;

namespace Kindred.OffPolicy.Estimators;

/// <summary>A value, and how each decision moves it.</summary>
/// <param name="Influence">[decisions], with mean 0: the value would differ by ψ / n with this decision counted once more.</param>
internal readonly record struct Estimate(double Value, double[] Influence)
{
    private const double Tail = .025;

    /// <returns>The mean of terms.</returns>
    public static Estimate Mean(double[] terms)
    {
        double mean = terms.Sum() / terms.Length;
        return new(mean, Array.ConvertAll(terms, term => term - mean));
    }

    /// <summary>In units of the sample: of lists, a sum over their decisions.</summary>
    public Estimate Times(double factor)
    {
        double by = factor;
        return new(by * Value, Array.ConvertAll(Influence, term => by * term));
    }

    public static Estimate operator -(Estimate a, Estimate b) =>
        new(a.Value - b.Value, [.. a.Influence.Zip(b.Influence, (x, y) => x - y)]);

    /// <returns>Half the width of the 95 % interval: Student's t over independent units.</returns>
    public double HalfWidth(Clusters units) =>
        units.Count < 2 ? double.NaN : units.StandardError(Influence) * StudentT.UpperQuantile(Tail, units.Count - 1);
}
