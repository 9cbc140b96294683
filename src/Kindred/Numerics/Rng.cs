using System.Numerics;

namespace Kindred.Numerics;

/// <summary>
/// The one source of randomness: xoshiro256** 1.0 (D. Blackman, S. Vigna, "Scrambled Linear Pseudorandom Number Generators",
/// TOMS 2021), seeded by SplitMix64. The stream is part of the contract: same seed, same numbers, in every version.
/// </summary>
/// <remarks>Not thread-safe: give every block of work its own by <see cref="Fork"/>.</remarks>
public sealed class Rng
{
    private readonly ulong _seed;
    private ulong _s0, _s1, _s2, _s3;

    public Rng(ulong seed)
    {
        _seed = seed;
        _s0 = SplitMix(ref seed);
        _s1 = SplitMix(ref seed);
        _s2 = SplitMix(ref seed);
        _s3 = SplitMix(ref seed);
    }

    /// <returns>An independent generator that depends on this one's seed and on the name and numbers, not on what was drawn so
    /// far.</returns>
    public Rng Fork(string name, long first = 0, long second = 0)
    {
        ulong state = _seed ^ Fnv1a.Hash64(name);
        ulong seed = SplitMix(ref state) ^ (ulong)first;
        seed = SplitMix(ref seed) ^ (ulong)second;
        return new Rng(SplitMix(ref seed));
    }

    public ulong NextUInt64()
    {
        ulong result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        ulong t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <returns>Uniform in [0, bound), without bias (D. Lemire, "Fast Random Integer Generation in an Interval", TOMACS 2019).</returns>
    public int NextInt(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        ulong product = (NextUInt64() >> 32) * (ulong)bound;
        if ((uint)product < (uint)bound)
        {
            uint threshold = (uint)(-bound) % (uint)bound;
            while ((uint)product < threshold) product = (NextUInt64() >> 32) * (ulong)bound;
        }
        return (int)(product >> 32);
    }

    /// <returns>Uniform in [0, 1), 53 bits.</returns>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1ul << 53));

    /// <returns>Uniform in [0, 1), 24 bits.</returns>
    public float NextFloat() => (NextUInt64() >> 40) * (1.0f / (1 << 24));

    /// <returns>Standard normal (Box and Muller 1958; the second value of the pair is not kept, so that streams stay easy to reason
    /// about).</returns>
    public double NextNormal()
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        return radius * Math.Cos(2 * Math.PI * NextDouble());
    }

    /// <returns>
    /// Gamma of a shape and rate 1 (G. Marsaglia, W. Tsang, "A Simple Method for Generating Gamma Variables", TOMS 2000; below 1 by
    /// their §6).
    /// </returns>
    /// <param name="shape">More than 0.</param>
    internal double NextGamma(double shape)
    {
        if (shape < 1) return NextGamma(shape + 1) * Math.Pow(1 - NextDouble(), 1 / shape);
        double d = shape - (1.0 / 3), c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double x = NextNormal(), v = 1 + (c * x);
            if (v <= 0) continue;
            v = v * v * v;
            if (Math.Log(1 - NextDouble()) < (x * x / 2) + d - (d * v) + (d * Math.Log(v))) return d * v;
        }
    }

    /// <summary>Fisher and Yates, from the end.</summary>
    public void Shuffle<T>(Span<T> values)
    {
        for (int n = values.Length - 1; n > 0; n--)
        {
            int other = NextInt(n + 1);
            (values[n], values[other]) = (values[other], values[n]);
        }
    }

    private static ulong SplitMix(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
