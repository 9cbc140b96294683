using System.Runtime.Intrinsics.X86;
using System.Text;

namespace Kindred.Tests.Support;

/// <summary>What native libraries choose their code by.</summary>
internal static class ProcessorKind
{
    /// <summary>Vendor, family and model, such as "GenuineIntel 6-143"; "unknown" where the processor does not say.</summary>
    public static string Name { get; } = X86Base.IsSupported ? Read() : "unknown";

    private static string Read()
    {
        var (_, b, c, d) = X86Base.CpuId(0, 0);
        var vendor = string.Concat(((int[])[b, d, c]).Select(part => Encoding.ASCII.GetString(BitConverter.GetBytes(part))));
        var (version, _, _, _) = X86Base.CpuId(1, 0);
        int family = (version >> 8) & 15, model = (version >> 4) & 15;
        return $"{vendor} {(family == 15 ? family + ((version >> 20) & 255) : family)}-{model + ((version >> 12) & 240)}";
    }
}
