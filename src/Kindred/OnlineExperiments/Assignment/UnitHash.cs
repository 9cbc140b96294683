using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Kindred.Numerics;

namespace Kindred.OnlineExperiments.Assignment;

/// <summary>Which function makes a bucket of a salt and a unit's id.</summary>
public enum UnitHash
{
    /// <summary>The first 64 bits of SHA-256 of salt, a zero byte and id, modulo 10,000.</summary>
    Sha256,

    /// <summary>What GrowthBook's SDKs call hash version 2: FNV-1a of the digits of FNV-1a of salt and id, modulo 10,000.</summary>
    GrowthBook2,

    /// <summary>GrowthBook's version 1: FNV-1a of id and salt, modulo 1,000. Ids and salts that join to the same text share a
    /// bucket.</summary>
    GrowthBook1,
}

/// <summary>Where a unit falls, the same on every machine and in every version.</summary>
public static class UnitHashing
{
    private const int Buckets = 10_000, FirstVersionBuckets = 1_000, OnStack = 512;

    /// <returns>From 0 to below 1, a multiple of 1/10,000 (version 1 of GrowthBook: of 1/1,000).</returns>
    /// <param name="salt">Of the experiment, the layer or the holdout: another salt deals units anew, independently.</param>
    /// <param name="unit">The id of a user or of a session.</param>
    /// <remarks>Cost: about 300 ns a block of 55 bytes with SHA-256, 50 ns with GrowthBook's.</remarks>
    public static double Bucket(this UnitHash hash, string salt, string unit)
    {
        ArgumentNullException.ThrowIfNull(salt);
        ArgumentNullException.ThrowIfNull(unit);
        return hash switch
        {
            UnitHash.Sha256 => (double)(First64Bits(salt, unit) % Buckets) / Buckets,
            UnitHash.GrowthBook2 => (double)(Fnv(Fnv(salt, unit).ToString(CultureInfo.InvariantCulture), "") % Buckets) / Buckets,
            UnitHash.GrowthBook1 => (double)(Fnv(unit, salt) % FirstVersionBuckets) / FirstVersionBuckets,
            _ => throw new ArgumentOutOfRangeException(nameof(hash), hash, "is no hash of units"),
        };
    }

    [SkipLocalsInit]
    private static ulong First64Bits(string salt, string unit)
    {
        int most = ShortSha256.PaddedLength(Encoding.UTF8.GetMaxByteCount(salt.Length + unit.Length + 1));
        Span<byte> text = most <= OnStack ? stackalloc byte[OnStack] : new byte[most];
        int length = Encoding.UTF8.GetBytes(salt, text);
        text[length++] = 0;
        length += Encoding.UTF8.GetBytes(unit, text[length..]);
        return ShortSha256.First64Bits(text, length);
    }

    [SkipLocalsInit]
    private static uint Fnv(string first, string second)
    {
        int length = first.Length + second.Length;
        Span<char> text = length <= OnStack ? stackalloc char[OnStack] : new char[length];
        first.CopyTo(text);
        second.CopyTo(text[first.Length..]);
        return Fnv1a.Hash32(text[..length]);
    }
}
