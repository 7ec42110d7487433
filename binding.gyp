{
  # npm's own builder hands over to the CMake build, so that both ways give the same addon.
  "targets": [
    {
      "target_name": "thicket",
      "type": "none",
      "actions": [
        {
          "action_name": "cmake",
          "inputs": ["CMakeLists.txt"],
          "outputs": ["build/Release/thicket.node"],
          "action": ["node", "node_modules/cmake-js/bin/cmake-js", "compile"]
        }
      ]
    }
  ]
}
