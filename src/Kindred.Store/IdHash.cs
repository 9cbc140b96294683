using System.Security.Cryptography;
using System.Text;

namespace Kindred.Store;

/// <summary>Stands for an id that was forgotten.</summary>
public static class IdHash
{
    /// <returns>The first 128 bits of the SHA-256 of the id's UTF-8 bytes, as 32 hexadecimal digits in lower case.</returns>
    public static string From(string id) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)).AsSpan(0, 16));
}
