using TorchSharp;

namespace Kindred.Neural;

/// <summary>Where tensors live and are computed, by the name a user gives.</summary>
internal static class Devices
{
    /// <param name="name">cpu, cuda, or cuda:1 and so on.</param>
    /// <exception cref="InputException">There is no such device here.</exception>
    public static torch.Device Find(string name)
    {
        bool isCuda = name == "cuda" || (name.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(name[5..], out _));
        if (name != "cpu" && !isCuda) throw new InputException($"There is no device '{name}'; use cpu, cuda or cuda:0.");
        if (isCuda && !torch.cuda.is_available())
            throw new InputException(
                $"There is no {name} here: it needs an NVIDIA GPU, and libtorch-cuda instead of libtorch-cpu in Kindred.Neural.csproj.");
        return torch.device(name);
    }
}
